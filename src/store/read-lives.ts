/** When the daemon started and stopped here, from the chain. */

import type { DatabaseSync } from 'node:sqlite';
import type { Store } from '#model/store.ts';

/** The store's questions about the lives of the daemon. */
export function livesReader(database: DatabaseSync): Pick<Store, 'lastLife' | 'lives'> {
  const life = database.prepare(
    "SELECT kind, time_ms FROM chain WHERE kind IN ('start', 'stop') ORDER BY seq DESC LIMIT 1",
  );
  const lives = database.prepare(
    `SELECT l.kind AS kind, l.time_ms AS time_ms, lead(l.seq) OVER (ORDER BY l.seq) AS next
     FROM chain AS l WHERE l.kind IN ('start', 'stop') AND l.time_ms >= ? ORDER BY l.seq`,
  );
  const timeOf = database.prepare('SELECT time_ms FROM chain WHERE seq = ?');
  const newest = database.prepare('SELECT time_ms FROM chain ORDER BY seq DESC LIMIT 1');
  return {
    lastLife() {
      const row = life.get();
      if (row === undefined) return undefined;
      const lastRecordMs = Number(newest.get()?.['time_ms'] ?? 0);
      return { what: row['kind'] === 'start' ? 'start' : 'stop', timeMs: Number(row['time_ms']), lastRecordMs };
    },
    lives: (sinceMs) =>
      lives.all(sinceMs).map((row) => {
        const last = row['next'] === null ? newest.get() : timeOf.get(Number(row['next']) - 1);
        const timeMs = Number(row['time_ms']);
        return {
          what: row['kind'] === 'start' ? 'start' : 'stop',
          timeMs,
          lastMs: Number(last?.['time_ms'] ?? timeMs),
        };
      }),
  };
}

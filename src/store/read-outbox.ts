/** Reads what waits to be told, how far the channels are, and the life of the daemon. */

import type { DatabaseSync } from 'node:sqlite';
import type { Alert, Incident } from '#model/finding.ts';
import type { ChannelState, Store } from '#model/store.ts';
import { readHead } from './chain.ts';

type Part = Pick<Store, 'outbox' | 'outboxRange' | 'channels' | 'value' | 'activity' | 'chain'>;

/** The store's questions about telling and about itself. */
export function outboxReader(database: DatabaseSync): Part {
  const after = database.prepare('SELECT * FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?');
  const range = database.prepare('SELECT min(seq) AS first, count(*) AS waiting FROM outbox');
  const meta = database.prepare('SELECT value FROM meta WHERE name = ?');
  const channels = database.prepare('SELECT body FROM channels');
  const oldest = database.prepare('SELECT time_ms FROM chain ORDER BY seq LIMIT 1');
  const records = database.prepare('SELECT coalesce(max(seq) - min(seq) + 1, 0) AS n FROM chain');
  const buckets = database.prepare(
    `SELECT CAST((time_ms - ?1) / ?2 AS INTEGER) AS bucket, sum(coalesce(json_extract(body, '$.count'), 1)) AS n
     FROM chain WHERE kind = 'change' AND time_ms >= ?1 GROUP BY bucket`,
  );
  return {
    outbox: (afterSeq, limit) =>
      after.all(afterSeq, limit).map((row) => ({
        seq: Number(row['seq']),
        timeMs: Number(row['time_ms']),
        update: row['repeats'] === 1,
        alert: JSON.parse(String(row['alert'])) as Alert,
        incident: JSON.parse(String(row['incident'])) as Incident,
      })),
    outboxRange() {
      const row = range.get();
      const lastSeq = Number(meta.get('notice')?.['value'] ?? 0);
      return { firstSeq: Number(row?.['first'] ?? lastSeq + 1), lastSeq, waiting: Number(row?.['waiting'] ?? 0) };
    },
    channels: () => channels.all().map((row) => JSON.parse(String(row['body'])) as ChannelState),
    value(name) {
      const row = meta.get(`value.${name}`);
      return row === undefined ? undefined : String(row['value']);
    },
    activity(fromMs, bucketMs, count) {
      const counts = Array.from({ length: count }, () => 0);
      for (const row of buckets.iterate(fromMs, bucketMs)) {
        const bucket = Number(row['bucket']);
        if (bucket < count) counts[bucket] = Number(row['n']);
      }
      return counts;
    },
    chain: () => ({
      records: Number(records.get()?.['n'] ?? 0),
      sinceMs: Number(oldest.get()?.['time_ms'] ?? 0),
      head: readHead(database).hash,
    }),
  };
}

/** Reads the blocks back: those that stand, and what was, newest first. */

import type { DatabaseSync } from 'node:sqlite';
import type { Block } from '#model/responder.ts';
import type { Store } from '#model/store.ts';

/** The store's questions about blocks. */
export function blockReader(database: DatabaseSync): Pick<Store, 'blocks'> {
  const standing = database.prepare('SELECT body FROM blocks WHERE ended_ms = 0 ORDER BY since_ms');
  const ended = database.prepare('SELECT body FROM blocks WHERE ended_ms >= ? ORDER BY ended_ms DESC LIMIT ?');
  const read = (row: Record<string, unknown>): Block => JSON.parse(String(row['body'])) as Block;
  return {
    blocks: (query) =>
      query === 'standing'
        ? standing.all().map(read)
        : ended.all(Math.max(1, query.endedSinceMs), query.limit).map(read),
  };
}

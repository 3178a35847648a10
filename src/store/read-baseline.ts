/** Reads what was seen last, and the baseline in any of its versions: a version is all moves up to it, in order. */

import type { DatabaseSync } from 'node:sqlite';
import type { BaselineRow, BaselineVersion, Store } from '#model/store.ts';
import type { Row } from '#model/table.ts';

type Part = Pick<Store, 'seen' | 'baseline' | 'baselineAt' | 'baselineVersions'>;

/** The store's questions about the two sets. */
export function baselineReader(database: DatabaseSync): Part {
  const seen = database.prepare('SELECT tbl, key, since_ms, body FROM seen ORDER BY tbl, key');
  const versions = database.prepare('SELECT * FROM baseline_versions ORDER BY version DESC LIMIT ?');
  const version = database.prepare('SELECT * FROM baseline_versions WHERE version = ?');
  const start = database.prepare(
    "SELECT max(version) AS version FROM baseline_versions WHERE version <= ? AND kind <> 'adjust'",
  );
  const moves = database.prepare('SELECT * FROM baseline_moves WHERE version BETWEEN ? AND ? ORDER BY id');

  const at = (wanted: number): ReturnType<Part['baselineAt']> => {
    const found = version.get(wanted);
    if (found === undefined) return undefined;
    const rows = new Map<string, BaselineRow>();
    const from = Number(start.get(wanted)?.['version'] ?? 0);
    for (const move of moves.iterate(from, wanted)) {
      const [table, key] = [String(move['tbl']), String(move['key'])];
      const place = `${table}\u0000${key}`;
      if (move['op'] === 'drop') rows.delete(place);
      else rows.set(place, { table, key, row: JSON.parse(String(move['body'])) as Row, by: String(move['by']) });
    }
    return { version: versionOf(found), rows: [...rows.values()] };
  };
  return {
    seen: () =>
      seen.all().map((row) => ({
        table: String(row['tbl']),
        key: String(row['key']),
        row: JSON.parse(String(row['body'])) as Row,
        sinceMs: Number(row['since_ms']),
      })),
    baseline() {
      const newest = versions.get(1);
      if (newest === undefined || newest['kind'] === 'delete') return undefined;
      return at(Number(newest['version']));
    },
    baselineAt: at,
    baselineVersions: (limit) => versions.all(limit).map(versionOf),
  };
}

function versionOf(row: Record<string, unknown>): BaselineVersion {
  return {
    version: Number(row['version']),
    madeMs: Number(row['made_ms']),
    by: String(row['by']),
    reason: String(row['reason']),
    kind: row['kind'] as BaselineVersion['kind'],
    rows: Number(row['rows']),
  };
}

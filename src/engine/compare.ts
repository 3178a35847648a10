/** What differs between two sets of rows. Pure: identity is the key, and only the compared columns raise a change. */

import type { Change, Row, Table } from '#model/table.ts';
import { keyOf } from '#model/table.ts';

/** A change with the key of its row. */
export interface KeyedChange {
  readonly key: string;
  readonly change: Change;
}

/** Rows by their key; of two rows with one key the later one stands. */
export function byKey(rows: readonly Row[], table: Table): Map<string, Row> {
  const map = new Map<string, Row>();
  for (const row of rows) map.set(keyOf(row, table.key), row);
  return map;
}

/** Changes that lead from `before` to `after`: removed first, then added and changed, in the order of the rows. */
export function compare(
  before: ReadonlyMap<string, Row>,
  after: ReadonlyMap<string, Row>,
  compared: readonly string[],
): KeyedChange[] {
  const changes: KeyedChange[] = [];
  for (const [key, row] of before) {
    if (!after.has(key)) changes.push({ key, change: { type: 'removed', before: row } });
  }
  for (const [key, row] of after) {
    const old = before.get(key);
    if (old === undefined) changes.push({ key, change: { type: 'added', after: row } });
    else if (differs(old, row, compared)) changes.push({ key, change: { type: 'changed', before: old, after: row } });
  }
  return changes;
}

/** The inverse of compare(): `apply(compare(a, b), a)` is b, but for columns that are not compared. */
export function apply(changes: readonly KeyedChange[], before: ReadonlyMap<string, Row>): Map<string, Row> {
  const rows = new Map(before);
  for (const { key, change } of changes) {
    if (change.type === 'removed') rows.delete(key);
    else rows.set(key, change.after);
  }
  return rows;
}

/** Whether two rows of one key differ in a column that counts. What an older version did not note is no difference. */
export function differs(before: Row, after: Row, compared: readonly string[]): boolean {
  for (const name of compared) {
    const [a, b] = [before[name], after[name]];
    if (a !== b && a !== undefined && !(Array.isArray(a) && Array.isArray(b) && equalLists(a, b))) return true;
  }
  return false;
}

function equalLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

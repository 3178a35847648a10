/** Rows that are joined from two files: which of the two changed them. */

import type { Host } from '#model/host.ts';
import { keyOf, type Row, type Table } from '#model/table.ts';

/** How the rows of a table are joined. */
export interface Join {
  readonly first: { readonly path: string; readonly columns: readonly string[] };
  readonly second: { readonly path: string; readonly columns: readonly string[] };
}

/**
 * Makes the function that sets the column `file` of each row to the file whose columns differ from the look before:
 * the first where both do, and of a new row. Remembers the rows of the last look for each host.
 */
export function sourceTeller<R extends Row & { readonly file: string }>(
  table: Table<R>,
  join: Join,
): (host: Host, rows: R[]) => void {
  const before = new WeakMap<Host, ReadonlyMap<string, R>>();
  const rowKey = (row: R): string => keyOf(row, table.key);
  const same = (a: R, b: R, columns: readonly string[]): boolean =>
    columns.every((name) => String(a[name]) === String(b[name]));
  const fileOf = (old: R, row: R): string => {
    if (!same(old, row, join.first.columns)) return join.first.path;
    return same(old, row, join.second.columns) ? old.file : join.second.path;
  };
  return (host, rows) => {
    const known = before.get(host);
    for (const [index, row] of rows.entries()) {
      const old = known?.get(rowKey(row));
      if (old !== undefined) rows[index] = { ...row, file: fileOf(old, row) };
    }
    before.set(host, new Map(rows.map((row) => [rowKey(row), row])));
  };
}

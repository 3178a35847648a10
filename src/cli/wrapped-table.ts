/** A table whose last column is prose: broken over lines on a terminal, whole in a pipe. */

import { displayWidth, type TextColumn, textTable } from '#lib/text-table.ts';
import { wrap } from '#views/wrap.ts';
import type { Terminal } from './terminal.ts';

/** Least cells for the prose; on a narrower terminal it is cut by the terminal itself. */
const LEAST = 24;

/** Lines, heading first; `prose` is the heading of the last column, whose text is the last cell of each row. */
export function wrappedTable(
  terminal: Terminal,
  columns: readonly TextColumn[],
  prose: string,
  rows: readonly (readonly string[])[],
): readonly string[] {
  if (terminal.width === undefined) return textTable([...columns, { heading: prose }], rows);
  const heads = textTable(
    [...columns, { heading: '' }],
    rows.map((row) => [...row.slice(0, -1), '|']),
  );
  const left = Math.max(...heads.slice(1).map(displayWidth)) - 1;
  const lines = rows.flatMap((row, index) => {
    const [first = '', ...more] = wrap(row.at(-1) ?? '', Math.max(LEAST, (terminal.width ?? 80) - left));
    const head = (heads[index + 1] ?? '').slice(0, -1);
    return [`${head}${first}`, ...more.map((line) => ' '.repeat(left) + line)];
  });
  return [terminal.paint('strong', `${(heads[0] ?? '').padEnd(left)}${prose}`), ...lines];
}

/** A table whose last column is prose: broken over lines on a terminal, whole in a pipe. */

import { displayWidth, type TextColumn, textTable } from '#lib/text-table.ts';
import { wrap } from '#views/wrap.ts';
import type { Terminal } from './terminal.ts';

/** Fewer cells than these for the prose, and it stands below what it belongs to. */
const FEW = 24;
const LOW_INDENT = 4;

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
  const beside = terminal.width - left >= FEW;
  const indent = ' '.repeat(beside ? left : LOW_INDENT);
  const width = terminal.width - indent.length;
  const lines = rows.flatMap((row, index) => {
    const head = (heads[index + 1] ?? '').slice(0, -1);
    const [first = '', ...more] = wrap(row.at(-1) ?? '', width).map((line) => indent + line);
    return beside ? [`${head}${first.slice(left)}`, ...more] : [head.trimEnd(), first, ...more];
  });
  return [terminal.paint('strong', `${(heads[0] ?? '').padEnd(left)}${prose}`), ...lines];
}

/** `telltale show TABLE` and the views made of it: any table as text, with filters on its columns. */

import { didYouMean } from '#lib/closest.ts';
import { type TextColumn, textTable } from '#lib/text-table.ts';
import type { Cell, Column, Row } from '#model/table.ts';
import { type MarkedRow, type TableInfo, VerbError } from '#model/verbs.ts';
import { ago } from '#views/time.ts';
import type { Call } from './command.ts';
import { exit } from './exit.ts';
import { type OpenDesk, openDesk } from './open-desk.ts';
import { tellGaps } from './show-text.ts';
import type { Style, Terminal } from './terminal.ts';

type Texts = Readonly<Record<string, (row: Row) => string>>;

/** Which rows and columns of a table to show. */
export interface TableView {
  readonly table: string;
  /** Conditions as typed: "column=value" (equal), "column~part" (contains, any case), "column!=value". */
  readonly filters: readonly string[];
  /** Only what is not in the baseline. */
  readonly onlyNew: boolean;
  /** Columns in this order instead of all of the declaration. */
  readonly columns?: readonly string[];
  /** How a column is written where its value alone is not short or plain enough. */
  readonly texts?: Texts;
  /** A further condition of the view's own. */
  readonly keep?: (row: Row) => boolean;
}

/** Shows rows of a table; the exit code. Throws VerbError "NO_TABLE" or "USAGE". */
export async function showTable(call: Call, view: TableView): Promise<number> {
  await using opened = await openDesk(call, 'look');
  return await showTableOf(call, opened, view);
}

/** The same with a desk that is open already. */
export async function showTableOf(call: Call, { desk, forgetful }: OpenDesk, view: TableView): Promise<number> {
  const { terminal } = call;
  const { tables } = await desk.ask('tables', {});
  const info = tables.find(({ name }) => name === view.table);
  if (info === undefined) throw noTable(view.table, tables);
  const matches = view.filters.map((filter) => condition(filter, info));
  const answer = await desk.ask('rows', { table: view.table });
  const rows = answer.rows.filter(
    ({ row, mark }) =>
      (!view.onlyNew || mark === 'new') && (view.keep?.(row) ?? true) && matches.every((test) => test(row)),
  );
  terminal.object({ table: view.table, by: answer.by, takenMs: answer.takenMs, gaps: answer.gaps, rows });
  for (const marked of rows) terminal.line(marked);
  if (terminal.format !== 'words') return exit.ok;
  const none = `Nothing stands in table "${view.table}"${view.filters.length > 0 || view.onlyNew ? ' that this asks for' : ''}.`;
  const lines = tableLines(terminal, info, { ...view, rows, forgetful });
  for (const line of rows.length === 0 && terminal.width !== undefined ? [none] : lines) terminal.out(line);
  tellGaps(terminal, answer.gaps);
  return exit.ok;
}

function noTable(name: string, tables: readonly TableInfo[]): VerbError {
  const names = tables.map((table) => table.name).sort();
  const words = `Cannot show table "${name.slice(0, 60)}": there is none of that name${didYouMean(name, names)}`;
  return new VerbError('NO_TABLE', `${words}. There are: ${names.join(', ')}`);
}

/** "user=root" → a test of rows. Throws VerbError "USAGE" for an unknown column. */
export function condition(filter: string, info: TableInfo): (row: Row) => boolean {
  const [, column = '', sign = '', wanted = ''] = /^([A-Za-z0-9_]+)(!=|=|~)(.*)$/s.exec(filter) ?? [];
  if (column === '')
    throw new VerbError(
      'USAGE',
      `Cannot filter by "${filter.slice(0, 60)}". Write column=value, column!=value or column~part`,
    );
  if (!Object.hasOwn(info.columns, column)) {
    const names = Object.keys(info.columns);
    throw new VerbError(
      'USAGE',
      `Table "${info.name}" has no column "${column}"${didYouMean(column, names)}. It has: ${names.join(', ')}`,
    );
  }
  const part = wanted.toLowerCase();
  return (row) => {
    const cell = row[column];
    const values = Array.isArray(cell) ? cell.map(String) : [String(cell ?? '')];
    if (sign === '~') return values.some((value) => value.toLowerCase().includes(part));
    return values.includes(wanted) === (sign === '=');
  };
}

/** Beyond this a pipe is not padded: one long cell would make every line as long. */
const PIPE_PAD = 40;

const MARKS: Readonly<Record<string, Style>> = { new: 'watch', ours: 'note', known: 'settled' };

/** Heading and one line a row: identity first, then what is compared, then details as far as there is room. */
export function tableLines(
  terminal: Terminal,
  info: TableInfo,
  show: {
    readonly rows: readonly MarkedRow[];
    readonly forgetful: boolean;
    readonly columns?: readonly string[];
    readonly texts?: Texts;
  },
): readonly string[] {
  const nowMs = Date.now();
  const names = show.columns ?? Object.keys(info.columns).toSorted((a, b) => rank(info, a) - rank(info, b));
  const marked = info.sensor !== '' && !show.forgetful;
  const cells = show.rows
    .map(({ row, mark, sinceMs }) => [
      ...(marked ? [mark] : []),
      ...names.map((name) => show.texts?.[name]?.(row) ?? cellText(row[name], info.columns[name], nowMs)),
      ...(marked ? [sinceMs > 0 ? ago(sinceMs, nowMs) : ''] : []),
    ])
    .sort((a, b) =>
      a
        .slice(marked ? 1 : 0)
        .join('\u0000')
        .localeCompare(b.slice(marked ? 1 : 0).join('\u0000'), 'en', { numeric: true }),
    );
  const columns: TextColumn[] = [
    ...(marked ? [{ heading: 'MARK' }] : []),
    ...names.map((name, index) => columnOf(info, name, index)),
    ...(marked ? [{ heading: 'SINCE', dropAt: 190 }] : []),
  ];
  // On a terminal a column in which nothing stands says nothing; in a pipe it stays, each at its place.
  const kept = columns
    .map((_, index) => index)
    .filter((index) => terminal.width === undefined || cells.some((row) => row[index] !== ''));
  const lines = textTable(
    kept.map((index) => columns[index] ?? { heading: '' }),
    cells.map((row) => kept.map((index) => row[index] || (terminal.width === undefined ? '-' : ''))),
    {
      ...(terminal.width === undefined ? { padMost: PIPE_PAD } : { maxWidth: terminal.width }),
      ascii: terminal.ascii,
      paint: (cell, _row, column) =>
        marked && column === 0 ? terminal.paint(MARKS[cell.trim()] ?? 'faint', cell) : cell,
    },
  );
  return [terminal.paint('strong', lines[0] ?? ''), ...lines.slice(1)];
}

function rank(info: TableInfo, column: string): number {
  if (info.key.includes(column)) return 0;
  return info.compared.includes(column) ? 1 : 2;
}

/** Identity stays and is cut; of the rest the last goes first. */
function columnOf(info: TableInfo, name: string, index: number): TextColumn {
  const heading = name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toUpperCase();
  const type = info.columns[name]?.[0];
  const align = type === 'int' || type === 'ms' ? ('right' as const) : ('left' as const);
  const isKey = rank(info, name) === 0;
  // What names a row is cut last: details go before a path becomes unreadable.
  const shrinkTo = align === 'right' ? undefined : Math.max(heading.length, isKey ? 24 : 8);
  const dropAt = isKey ? undefined : rank(info, name) * 100 + index;
  return { heading, align, ...(shrinkTo !== undefined && { shrinkTo }), ...(dropAt !== undefined && { dropAt }) };
}

function cellText(cell: Cell | undefined, column: Column | undefined, nowMs: number): string {
  if (cell === undefined) return '';
  if (typeof cell === 'boolean') return cell ? 'yes' : '';
  if (Array.isArray(cell)) return cell.join(', ');
  if (column?.[0] === 'time') return cell === 0 ? '' : ago(Number(cell), nowMs);
  if (column?.[0] === 'ms') return `${String(cell)} ms`;
  return String(cell);
}

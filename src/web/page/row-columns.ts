/** Columns of a table of rows, and how it is sorted. */

import type { RowView, TableView } from '../api/shapes.ts';

export interface RowColumn<R extends RowView = RowView> {
  readonly name: string;
  readonly title: string;
  /** `always`; `middle`: from 760 px; `wide`: from 1080 px. */
  readonly when: 'always' | 'middle' | 'wide';
  /** Never broken into lines. */
  readonly narrow?: boolean;
  /** It names the thing: set off where the row is not in the baseline. */
  readonly named?: boolean;
  text(row: R): string;
  /** What it is sorted by, where that is not the text. */
  readonly value?: (row: R) => number;
  /** Shown as a time; epoch milliseconds. */
  readonly timeMs?: (row: R) => number;
}

const inOrder = new Intl.Collator('en', { numeric: true }).compare;

/** By the column's name, with "-" in front from the last to the first; unsorted: by `rank`, then by `within` or as they came. */
export function sortedRows<R extends RowView>(
  rows: readonly R[],
  columns: readonly RowColumn<R>[],
  order: { readonly sort: string; readonly rank: (row: R) => number; readonly within?: (row: R) => string },
): readonly R[] {
  const down = order.sort.startsWith('-');
  const column = columns.find((one) => one.name === (down ? order.sort.slice(1) : order.sort));
  const { rank, within = () => '' } = order;
  if (column === undefined) return rows.toSorted((a, b) => rank(a) - rank(b) || inOrder(within(a), within(b)));
  const value = column.value ?? column.timeMs;
  const compare = (a: R, b: R): number =>
    value === undefined ? inOrder(column.text(a), column.text(b)) : value(a) - value(b);
  return rows.toSorted((a, b) => (down ? -compare(a, b) : compare(a, b)));
}

/** Columns that fit a line: all of the identity, then what is compared. The rest stands in the opened row. */
const inLine = 7;

/** The columns of any table; those in which nothing stands are left out. */
export function columnsOf(view: TableView): readonly RowColumn[] {
  const filled = view.columns.filter(
    ({ name }, index) => index === 0 || view.rows.some(({ cells }) => (cells[name] ?? '') !== ''),
  );
  const longest = ({ name }: Column): number =>
    view.rows.reduce((most, { cells }) => {
      const cell = cells[name] ?? '';
      return Math.max(most, CHECKSUM.test(cell) ? 0 : cell.length);
    }, 0);
  const columns = filled.slice(0, inLine).map((column, index) => columnOf(column, index, longest(column) <= SHORT));
  if (!view.watched) return columns;
  return [
    ...columns,
    { name: 'mark', title: 'Baseline', when: 'middle', narrow: true, text: ({ mark }) => mark },
    { name: 'since', title: 'Since', when: 'wide', narrow: true, text: () => '', timeMs: ({ sinceMs }) => sinceMs },
  ];
}

type Column = TableView['columns'][number];

/** What is as short as this everywhere ("www-data", "unpackaged") stays on one line. */
const SHORT = 12;

function columnOf({ name, title, number, rank }: Column, index: number, isShort: boolean): RowColumn {
  const text = ({ cells }: RowView): string => short(cells[name] ?? '');
  const when = index < 3 ? 'always' : index < 4 || rank === 0 ? 'middle' : 'wide';
  const column = { name, title, when, narrow: number || isShort, named: index === 0, text } as const;
  return number ? { ...column, value: ({ cells }) => Number(cells[name] ?? 0) } : column;
}

/** A checksum stands there for being equal or not: the whole of it is in the opened row. */
const CHECKSUM = /^[0-9a-f]{64}$/;

function short(text: string): string {
  if (CHECKSUM.test(text)) return `${text.slice(0, SHORT)}…`;
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

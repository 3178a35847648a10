/** Which rows of a table the page gets: the filter box, and the bound on how many. */

import type { MarkedRow } from '#model/verbs.ts';

/** Words of a filter, all of which a row must contain; "port 22", "user marta" and "unit x" look at that column only. */
export type RowFilter = readonly { readonly column: string; readonly word: string }[];

/**
 * What the page gets of a table: `total` rows fit the filter, `fresh` of them are not in the baseline, `of` are there;
 * `rows` holds at most the limit.
 */
export interface RowsPage {
  readonly rows: readonly MarkedRow[];
  readonly total: number;
  readonly fresh: number;
  readonly of: number;
}

const COLUMNS: Readonly<Record<string, string>> = {
  port: 'port',
  user: 'user',
  unit: 'unit',
  package: 'package',
  program: 'exe',
  exe: 'exe',
  pid: 'pid',
};

/** Reads what was typed into the filter box; words are compared without regard to case. At most 12 words. */
export function parseRowFilter(text: string): RowFilter {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean).slice(0, 12);
  const filter: { column: string; word: string }[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const column = COLUMNS[word];
    const next = words[at + 1];
    if (column !== undefined && next !== undefined) {
      filter.push({ column, word: next });
      at += 1;
    } else filter.push({ column: '', word });
  }
  return filter;
}

/** The rows that fit, what is new first (so that a cut never hides it), at most `limit`. */
export function pageOfRows(rows: readonly MarkedRow[], filter: RowFilter, limit: number): RowsPage {
  const fitting = filter.length === 0 ? rows : rows.filter((row) => filter.every((term) => fits(row, term)));
  const isNew = (row: MarkedRow): number => (row.mark === 'new' ? 0 : 1);
  const first = fitting.length <= limit ? fitting : [...fitting].sort((a, b) => isNew(a) - isNew(b)).slice(0, limit);
  const fresh = fitting.filter(({ mark }) => mark === 'new').length;
  return { rows: first, total: fitting.length, fresh, of: rows.length };
}

function fits(marked: MarkedRow, term: RowFilter[number]): boolean {
  if (term.column === '') {
    if (marked.mark.startsWith(term.word)) return true;
    return Object.values(marked.row).some((cell) => String(cell).toLowerCase().includes(term.word));
  }
  const cell = String(marked.row[term.column] ?? '').toLowerCase();
  const exact = term.column === 'port' || term.column === 'pid' || term.column === 'user';
  return exact ? cell === term.word : cell.includes(term.word);
}

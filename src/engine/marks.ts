/** How rows of a watched table stand to the baseline: the mark that people see beside them. */

import type { Host } from '#model/host.ts';
import type { Row, Table } from '#model/table.ts';
import type { MarkedRow } from '#model/verbs.ts';
import type { BaselineBook } from './baseline-book.ts';
import { isOurs } from './explain.ts';

/** What marks are made from. */
export interface MarkParts {
  readonly host: Pick<Host, 'own'>;
  readonly table: Table;
  readonly baseline: BaselineBook;
  /** Whether what stood when the table was first looked at is in the baseline. */
  readonly learned: boolean;
  /** Is an alert about this row open? */
  readonly alerts: (key: string) => boolean;
}

/** The mark of one row. */
export function markOf(
  { host, table, baseline, learned, alerts }: MarkParts,
  row: Row,
  key: string,
): MarkedRow['mark'] {
  if (isOurs(host, row)) return 'ours';
  if (baseline.knows(table, key, row)) return 'known';
  // What alerts is news also while the rest is being learned.
  return learned || alerts(key) ? 'new' : '-';
}

/** Value of the store that is there once a table was learned. */
export function learnedValue(table: string): string {
  return `learned.${table}`;
}

/** Words about shell histories that their rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding } from '#model/finding.ts';
import type { HistoryRow } from '#sensors/shell-history.ts';

/** Text from a file as it may stand in a sentence. */
export function shownHistory(text: string, max = 100): string {
  return shorten(visible(text), max);
}

/** "bob", "everybody". */
export function whoseHistory(row: HistoryRow): string {
  return row.account === '*' ? 'everybody' : shownHistory(row.account, 60);
}

/** Subject, facts and the next step. */
export function aboutHistory(row: HistoryRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { kind, account, file, setting, state, sizeBytes, line } = row;
  return {
    subject: `${kind} ${account} ${file} ${setting}`.trim(),
    facts: { account, file, ...(kind === 'history' ? { state, sizeBytes } : { setting, line }) },
    next: `ls -la --time-style=full-iso ${shellQuote(file)}; last -n 5`,
  };
}

/** root's history. */
export const rootHistory: HistoryRow = {
  kind: 'history',
  account: 'root',
  file: '/root/.bash_history',
  setting: '',
  state: 'file',
  sizeStep: 13,
  sizeBytes: 12_000,
  uid: 0,
  line: 0,
};

/** A line that switches it off. */
export const unset: HistoryRow = {
  ...rootHistory,
  kind: 'setting',
  file: '/root/.bashrc',
  setting: 'unset HISTFILE',
  state: '',
  sizeStep: 0,
  sizeBytes: 0,
  line: 12,
};

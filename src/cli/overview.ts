/** The page that `telltale help` shows: every command with one line. */

import { wrap } from '#views/wrap.ts';
import { commonOptions } from './command.ts';
import { ownCommand, typed } from './command-name.ts';
import type { Entry } from './commands.ts';
import { termRow } from './term-row.ts';
import type { Terminal } from './terminal.ts';

/** Lines, by group in the order of the index. */
export function overview(entries: readonly Entry[], terminal: Terminal): readonly string[] {
  const row = (term: string, words: string) => termRow(term, words, { column: 27, width: terminal.width });
  const groups = [...new Set(entries.map(({ group }) => group))];
  const text = (words: string): readonly string[] =>
    terminal.width === undefined ? [words] : wrap(words, terminal.width);
  return [
    ...text('Telltale watches this host and says in plain words what changed.'),
    '',
    `Usage: ${ownCommand()} [command] [options]`,
    ...text('(alone: one sentence and the open changes)'),
    ...groups.flatMap((group) => {
      const rows = entries
        .filter((entry) => entry.group === group)
        .flatMap((entry) => row(entry.name, typed(entry.summary)));
      return ['', terminal.paint('strong', group)].concat(rows);
    }),
    '',
    terminal.paint('strong', 'Options of every command'),
    ...commonOptions.flatMap(([flags, words]) => row(flags, words)),
    '',
    typed('Next: telltale help COMMAND'),
  ];
}

/** The page that `telltale help` shows: every command with one line. */

import { commonOptions } from './command.ts';
import type { Entry } from './commands.ts';
import type { Terminal } from './terminal.ts';

/** Lines, by group in the order of the index. */
export function overview(entries: readonly Entry[], terminal: Terminal): readonly string[] {
  const row = (term: string, words: string): string => `  ${term.padEnd(24)} ${words}`;
  const groups = [...new Set(entries.map(({ group }) => group))];
  return [
    'Telltale watches this host and says in plain words what changed.',
    '',
    'Usage: telltale [command] [options]     (alone: one sentence and the open changes)',
    ...groups.flatMap((group) => {
      const rows = entries.filter((entry) => entry.group === group).map((entry) => row(entry.name, entry.summary));
      return ['', terminal.paint('strong', group)].concat(rows);
    }),
    '',
    terminal.paint('strong', 'Options of every command'),
    ...commonOptions.map(([flags, words]) => row(flags, words)),
    '',
    'Next: telltale help COMMAND',
  ];
}

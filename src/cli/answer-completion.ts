/** `telltale __complete WORD…`: asked by the shell when somebody presses TAB; see `telltale completion`. */

import { visible } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import { complete } from './complete.ts';
import { liveFor } from './complete-live.ts';
import { exit } from './exit.ts';
import { makeTerminal, writeAll } from './terminal.ts';

/** `words` stand behind "telltale". Prints one candidate a line: value, TAB, words. The last line is ":files", ":folders" or ":nothing". */
export async function answerCompletion(words: readonly string[]): Promise<number> {
  const silent = makeTerminal({ env: {}, tty: false, columns: undefined, argv: [], write: () => undefined });
  const live = liveFor({
    terminal: silent,
    where: { config: after(words, '--config'), stateDir: after(words, '--state-dir') },
  });
  const { candidates, shell } = await complete(words, {
    values: (kind) => orNone(live.values(kind)),
    column: (table, column) => orNone(live.column(table, column)),
  });
  // A value with other than plain letters would be typed wrongly by the shell, or do harm there.
  const safe = candidates.filter(([value]) => /^[\w.:/@%+,=-]{1,200}$/.test(value));
  const lines = safe.map(([value, text]) => `${value}\t${visible(text).slice(0, 120)}`);
  writeAll(1, `${[...lines, `:${shell}`].join('\n')}\n`);
  // An answer that came too late is not waited for.
  process.exit(exit.ok);
}

function after(words: readonly string[], option: string): string | undefined {
  const at = words.indexOf(option);
  return at === -1 || at >= words.length - 1 ? undefined : words[at + 1];
}

/** No daemon, no rights, settings with errors: then there is nothing to offer. */
async function orNone<T>(values: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await values;
  } catch (error) {
    if (error instanceof VerbError) return [];
    throw error;
  }
}

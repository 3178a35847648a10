/** What a command is: data, so that help, completion and the docs page come from the same place as the parser. */

import type { Terminal } from './terminal.ts';

/** Flags in commander's form ("-t, --tcp", "--watch [seconds]") and what they do. */
export type Option = readonly [flags: string, words: string];

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Operands as usage shows them: "<id...>", "[filter...]". */
  readonly operands?: string;
  readonly options?: readonly Option[];
  /** Paragraphs below the options: examples, exit codes. */
  readonly notes?: string;
  /** Verbs of its own, as in `baseline generate`. */
  readonly verbs?: readonly Command[];
  /** Reads its own options: gets every word behind its name, and prints its own help for `--help`. */
  readonly raw?: (words: readonly string[]) => Promise<number>;
  /** Returns the exit code. */
  readonly run?: (call: Call) => Promise<number>;
}

/** One call of a command. */
export interface Call {
  readonly args: readonly string[];
  readonly terminal: Terminal;
  /** Values of --config and --state-dir. */
  readonly where: { readonly config: string | undefined; readonly stateDir: string | undefined };
  /** Was the option given (or, with `--no-…`, not given away)? */
  flag(name: string): boolean;
  /** Value of an option that takes one. */
  text(name: string): string | undefined;
}

/** Declares a command. */
export function defineCommand(command: Command): Command {
  return command;
}

/** Options that every command takes. */
export const commonOptions: readonly Option[] = [
  ['--config <file>', 'settings file'],
  ['--state-dir <folder>', 'state directory (before TELLTALE_STATE_DIR and the settings file)'],
  ['--json', 'one JSON object'],
  ['--jsonl', 'one JSON object a line'],
  ['--ascii', 'signs as ! ? . - instead of glyphs'],
  ['--no-color', 'no colours (also: NO_COLOR)'],
];

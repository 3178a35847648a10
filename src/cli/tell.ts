/** How errors are told. */

import { visible } from '#lib/escape.ts';
import { VerbError } from '#model/verbs.ts';
import { readingError } from '#store/trouble.ts';
import { typed } from './command-name.ts';
import { exit, exitForCode } from './exit.ts';
import type { Terminal } from './terminal.ts';

let told: unknown = Symbol('nothing was told');

/** True for an error that was said already: one promise may be waited for in two places, and reject in both. */
export function wasTold(thrown: unknown): boolean {
  return thrown === told;
}

/** Says what went wrong, as words or as JSON, and returns the exit code for it. */
export function tell(thrown: unknown, terminal: Terminal): number {
  told = thrown;
  const error = readingError(thrown) ?? thrown;
  const known = error instanceof VerbError;
  const code = known ? error.code : 'INTERNAL';
  const message = known
    ? error.message
    : `Telltale failed: ${error instanceof Error ? error.message : String(error)}. Please report this with the output of "telltale about" and what you typed`;
  if (terminal.format === 'words') {
    terminal.err(`telltale: ${typed(message.split('\n').map(visible).join('\n'))}`);
    if (!known && process.env['TELLTALE_DEBUG'] !== undefined)
      terminal.err(error instanceof Error ? (error.stack ?? '') : '');
  } else {
    terminal.err(JSON.stringify({ v: 1, error: { code, message } }));
  }
  return known ? exitForCode(code) : exit.internal;
}

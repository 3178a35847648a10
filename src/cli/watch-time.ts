/** Reads the value of `--watch`. */

import { parseDuration } from '#lib/duration.ts';
import { VerbError } from '#model/verbs.ts';
import type { Call } from './command.ts';

/** How often `--watch` looks: undefined without it; throws VerbError "USAGE". */
export function watchMs(call: Call): number | undefined {
  if (!call.flag('watch')) return undefined;
  const text = call.text('watch') ?? '2';
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined || ms < 200 || ms > 3_600_000)
    throw new VerbError('USAGE', `Cannot watch every "${text}". Write seconds from 0.2 to 3600, as --watch=5`);
  return ms;
}

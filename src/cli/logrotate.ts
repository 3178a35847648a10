/**
 * `telltale logrotate`: what cron and the timer call, a thousand times more often than it has work. It reads logrotate's
 * own options, so src/main.ts calls it before commander loads, and nothing is loaded here that it does not need.
 */

import { logrotate } from '#logs/rotate/logrotate.ts';

/** Runs it with the arguments behind its name; resolves to logrotate's exit code. */
export async function runLogrotate(args: readonly string[]): Promise<number> {
  return await logrotate(args, { nowMs: Date.now() });
}

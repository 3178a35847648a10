/** Reads flags as the command table writes them, for help that is not commander's: man pages and completion. */

/** "-m, --message <reason>" in its parts. */
export interface Flag {
  /** "-m", or "". */
  readonly short: string;
  /** "--message", or "". */
  readonly long: string;
  /** "reason"; "" for a switch. */
  readonly value: string;
  /** The value may be left away: "--watch [time]". */
  readonly optional: boolean;
}

/** Takes one apart; throws where the table holds something else. */
export function readFlag(flags: string): Flag {
  const match = /^(?:(-[A-Za-z0-9?]))?(?:, )?(?:(--[a-z0-9-]+))?(?: ([<[])([a-z-]+)[>\]])?$/.exec(flags);
  if (match === null) throw new Error(`Cannot read flags "${flags}" of the command table`);
  const [, short = '', long = '', bracket = '', value = ''] = match;
  return { short, long, value, optional: bracket === '[' };
}

/** Kinds of settings that responders share. */

import * as v from 'valibot';
import { parseDuration } from '#lib/duration.ts';

/** "1 min" within bounds; gives milliseconds. */
export function durationSetting(leastMs: number, mostMs: number, example: string) {
  const message = `is no duration such as "${example}"`;
  return v.pipe(
    v.string(message),
    v.transform((text) => parseDuration(text) ?? -1),
    v.check((ms) => ms >= leastMs && ms <= mostMs, `is out of bounds or ${message}`),
  );
}

/** A whole number within bounds. */
export function numberSetting(least: number, most: number) {
  const message = `is no whole number from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
}

/** An absolute path without "." and ".." parts and control characters. */
export const pathSetting = v.pipe(
  v.string('is no path'),
  v.check(
    (path) => path.startsWith('/') && !/(^|\/)\.{1,2}(\/|$)|\p{Cc}/u.test(path),
    'is no absolute path; begin it with "/" and leave out "." and ".."',
  ),
);

/** Kinds of values that several notifiers take in their settings. */

import * as v from 'valibot';
import { formatDuration, parseDuration } from '#lib/duration.ts';

/** "30 s" → milliseconds, within bounds; the message says the bounds. */
export function durationSetting(minMs: number, maxMs: number) {
  const message = `must be a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as "30 s"`;
  return v.pipe(
    v.string(message),
    v.transform((text) => parseDuration(text) ?? Number.NaN),
    v.number(message),
    v.minValue(minMs, message),
    v.maxValue(maxMs, message),
  );
}

/** An absolute path without "..", at most 4095 bytes (PATH_MAX of Linux), no NUL. */
export const pathSetting = v.pipe(
  v.string('must be an absolute path'),
  v.check(
    (path) =>
      path.startsWith('/') &&
      !path.includes('\0') &&
      !path.split('/').includes('..') &&
      Buffer.byteLength(path) <= 4095,
    'must be an absolute path without ".."',
  ),
);

/** One line without control characters, at most `max` characters. */
export function lineSetting(max: number) {
  return v.pipe(
    v.string('must be a text'),
    v.minLength(1, 'must not be empty'),
    v.maxLength(max, `must have at most ${max} characters`),
    v.check((text) => !/\p{Cc}/u.test(text), 'must be one line without control characters'),
  );
}

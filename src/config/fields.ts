/** The kinds of values that settings take, each with the message that is shown when it is not one. */

import * as v from 'valibot';
import { didYouMean } from '#lib/closest.ts';
import { formatDuration, parseDuration } from '#lib/duration.ts';

/** A mapping with exactly these keys; keys that it does not take are found by `unknownKeys`. */
export function section<const E extends v.ObjectEntries>(entries: E) {
  const keys = Object.keys(entries).join(', ');
  return v.strictObject(entries, (issue) =>
    issue.expected === 'Object'
      ? `expected keys (${keys}) indented below, not ${issue.received}`
      : `${issue.expected ?? ''} is missing`,
  );
}

/** "10 min", "8 h", "90 days" within bounds; gives milliseconds. */
export function duration(leastMs: number, mostMs: number, example: string) {
  const message = (issue: { readonly received: string }): string =>
    `${issue.received} is no duration such as "${example}" (units: ms, s, min, h, d, w)`;
  return v.pipe(
    // YAML reads a bare 0 as a number, and 0 of anything is 0.
    v.custom<string | 0>((value) => typeof value === 'string' || value === 0, message),
    v.rawTransform<string | 0, number>(({ dataset, addIssue, NEVER }) => {
      const ms = parseDuration(String(dataset.value));
      if (ms === undefined) addIssue({ message: `"${dataset.value}" is no duration such as "${example}"` });
      else if (ms < leastMs || ms > mostMs)
        addIssue({
          message: `"${dataset.value}" is out of bounds: from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}, as "${example}"`,
        });
      return ms ?? NEVER;
    }),
  );
}

/** One of a few words. */
export function choice<const W extends readonly [string, ...string[]]>(words: W) {
  return v.picklist(words, (issue) => {
    const given = issue.received.replace(/^"|"$/g, '');
    return `${issue.received} is none of ${words.join(', ')}${didYouMean(given, words)}`;
  });
}

/** Text that is not empty and holds no control character: such a thing is a slip or an attack, never a setting. */
export function line(what: string) {
  return v.pipe(
    v.string((issue) => `expected ${what}, not ${issue.received} (write it in quotes)`),
    v.check((text) => text !== '' && !/\p{Cc}/u.test(text), `expected ${what}, not empty text or control characters`),
  );
}

/** An absolute path without "." and ".." parts. */
export function absolutePath(what: string) {
  return v.pipe(
    line(what),
    v.check(
      (path) => path.startsWith('/') && !/(^|\/)\.{1,2}(\/|$)/.test(path),
      (issue) => `${issue.received} is no absolute path; begin ${what} with "/" and leave out "." and ".."`,
    ),
  );
}

/** A whole number within bounds. */
export function wholeNumber(least: number, most: number) {
  const message = (issue: { readonly received: string }): string =>
    `${issue.received} is no whole number from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
}

/** true or false. */
export function yesNo() {
  return v.boolean((issue) => `${issue.received} is neither true nor false`);
}

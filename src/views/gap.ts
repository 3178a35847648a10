/** What could not be seen, in words for people. */

import { errnoMeaning } from '#lib/errno-words.ts';
import { shorten, visible } from '#lib/escape.ts';
import { joinWords, plural } from '#lib/plural.ts';
import type { Gap } from '#model/gap.ts';

/** Files that cannot be read for the same reason are one thing to say; so many of them are named. */
const NAMED = 3;

/** The gaps with files that share a reason gathered into one, at the place of the first of them. */
export function gathered(gaps: readonly Gap[]): readonly Gap[] {
  const groups = Map.groupBy(gaps, ({ what, why, next = '', reduced = false }) =>
    [what.startsWith('/') ? '' : what, why, next, String(reduced)].join('\0'),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length <= NAMED) return group;
    const names = group.slice(0, NAMED).map(({ what }) => what);
    return [{ ...first, what: joinWords([...names, plural(group.length - NAMED, 'more file', 'more files')]) }];
  });
}

/** "/etc/shadow (permission denied)", harmless and bounded. */
export function gapWords({ what, why }: Gap, most = 400): string {
  return `${visible(what)} (${shorten(visible(errnoMeaning(why)), most)})`;
}

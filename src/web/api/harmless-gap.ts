/** What could not be seen, as the page shows it. */

import { errnoMeaning } from '#lib/errno-words.ts';
import { shorten, visible } from '#lib/escape.ts';
import type { Gap } from '#model/gap.ts';

/** Its words, harmless and bounded. */
export function harmlessGap(gap: Gap): Gap {
  return {
    what: shorten(visible(gap.what), 200),
    why: shorten(visible(errnoMeaning(gap.why)), 400),
    ...(gap.next === undefined ? {} : { next: shorten(visible(gap.next), 400) }),
  };
}

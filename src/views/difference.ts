/** What a comparison with the baseline found, in words: for the terminal, for cron's mail, and for `lsm -c`. */

import { harmless, shorten, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { type Sign, signOf } from '#model/finding.ts';
import { blindOf, type Gap } from '#model/gap.ts';
import type { CompareResult } from '#model/verbs.ts';
import type { View } from './alert.ts';
import { glyph } from './sign.ts';
import { day, hourMinute } from './time.ts';

const MARK = { added: '+', removed: '-', changed: '~' } as const;

/** "baseline 3 of 3 November 09:00". */
function baselineWords(
  baseline: { readonly version: number; readonly madeMs: number },
  view: Pick<View, 'nowMs' | 'timeZone'>,
): string {
  const made = `${day(baseline.madeMs, view.nowMs, view.timeZone)} ${hourMinute(baseline.madeMs, view.timeZone)}`;
  return `baseline ${baseline.version} of ${made}`;
}

/** One sentence: how many differ, and what could not be looked at. */
export function differenceSentence(result: CompareResult, view: View): string {
  const against = baselineWords(result.baseline, view);
  const found =
    result.differences.length === 0
      ? `Nothing differs from ${against}.`
      : `${plural(result.differences.length, 'difference')} from ${against}.`;
  return `${found} ${plural(result.looked, 'row')} looked at.`;
}

function gapSection(heading: string, gaps: readonly Gap[]): readonly string[] {
  if (gaps.length === 0) return [];
  const lines = gaps.map(({ what, why, next }) => {
    const then = next === undefined ? '' : ` ${visible(next)}`;
    return `  ${visible(what)}: ${visible(why)}.${then}`;
  });
  return ['', heading, ...lines];
}

/** The sentence, one line a difference (+ new, - gone, ~ changed), and what could not be looked at. */
export function differenceText(result: CompareResult, view: View): string {
  const lines = [differenceSentence(result, view)];
  if (result.differences.length > 0) lines.push('');
  for (const { change, severity, title } of result.differences) {
    const sign: Sign = signOf(severity);
    lines.push(`${MARK[change.type]} ${glyph(sign, view.ascii)} ${shorten(harmless(title), 300)}`);
  }
  lines.push(...gapSection('Could not look at:', blindOf(result.gaps)));
  lines.push(
    ...gapSection(
      'Looked less closely at:',
      result.gaps.filter(({ reduced }) => reduced === true),
    ),
  );
  if (result.differences.length > 0) {
    lines.push('', "See them: telltale changes. Take all as normal: telltale baseline generate -m 'why'");
  }
  return lines.join('\n');
}

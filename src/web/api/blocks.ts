/** Blocks as the page shows them: who is shut out, who never is, whom it would have hit, and what was done by hand. */

import { formatDuration } from '#lib/duration.ts';
import { harmless, shorten, visible } from '#lib/escape.ts';
import { joinWords, plural, pluralWords, thousands } from '#lib/plural.ts';
import type { Allowed, Block } from '#model/responder.ts';
import type { Verbs } from '#model/verbs.ts';
import { byWords, howWords, untilWords, whyWords } from '#views/block.ts';
import { moment } from '#views/time.ts';
import type { AllowedView, AnswerDone, BlocksView, BlockView, NeverView, TryView } from './scan-shapes.ts';

interface When {
  readonly nowMs: number;
  readonly zone: string;
}

const MAX_TEXT = 500;
/** Ended blocks, and lines of a dry run, that are shown. */
const SHOWN_MAX = 200;

type Mode = BlocksView['mode'];

const meanings: Readonly<Record<Mode, string>> = {
  off: 'Answers are off: scans are told, but nobody is blocked unless you do it by hand.',
  try: 'Answers are being tried out: whom they would block is written down here, and nobody is blocked by them.',
  on: 'Answers are on: who scans is blocked by itself for a time, unless it is on the never-block list.',
};

const nextModes: Readonly<Record<Mode, readonly (readonly [what: string, mode: Mode])[]>> = {
  off: [['To see for a while whom answers would hit, without blocking anybody', 'try']],
  try: [
    ['To let scans be answered', 'on'],
    ['To stop trying', 'off'],
  ],
  on: [
    ['To only try answers out', 'try'],
    ['To answer nothing any more', 'off'],
  ],
};

/** What stands, what ended, and what the mode of the answers means. */
export function blocksView(answer: Verbs['blocks']['result'], when: When): BlocksView {
  const { mode, watching, blocks, cap } = answer;
  const views = blocks.map((block) => blockView(block, when));
  const standing = views.filter(({ ended }) => ended === '');
  return {
    ...when,
    mode,
    sentence: sentenceOf(standing),
    meaning: `${meanings[mode]} At most ${thousands(cap)} blocks stand at once.`,
    changes: nextModes[mode].map(([what, next]) => ({ what, type: `answers:\n  mode: ${next}` })),
    watching,
    standing: standing.toSorted((a, b) => a.untilMs - b.untilMs),
    ended: views.filter(({ ended }) => ended !== '').slice(0, SHOWN_MAX),
  };
}

function sentenceOf(standing: readonly BlockView[]): string {
  const active = standing.filter(({ state }) => state === 'active').length;
  const planned = standing.filter(({ state }) => state === 'planned').length;
  const now =
    active === 0 ? 'Nobody is blocked' : `${pluralWords(active, 'block')} ${active === 1 ? 'stands' : 'stand'}`;
  return planned === 0 ? `${now}.` : `${now}; ${plural(planned, 'address', 'addresses')} would be.`;
}

/** The never-block list, what can be overruled by nobody first. */
export function neverView({ never, allowed }: Verbs['blocks.never']['result'], when: When): NeverView {
  return {
    ...when,
    never: never
      .map(({ prefix, why, hard }) => ({ prefix: visible(prefix), why: shorten(visible(why), MAX_TEXT), hard }))
      .toSorted((a, b) => Number(b.hard) - Number(a.hard)),
    allowed: allowed.map(allowedView),
  };
}

/** Whom answers would have hit, newest first. */
export function tryView(found: Verbs['block.try']['result'], sinceMs: number, when: When): TryView {
  const { alerts, would, spared, mode } = found;
  const entries = [
    ...would.map(({ timeMs, target, kind, alert, title, untilMs }) => ({
      timeMs,
      target: visible(target),
      what: kind === 'drop' ? 'blocked' : 'slowed down',
      spared: false,
      why: shorten(harmless(title), MAX_TEXT),
      alert,
      untilMs,
    })),
    ...spared.map(({ timeMs, target, why, alert }) => ({
      timeMs,
      target: visible(target),
      what: 'left alone',
      spared: true,
      why: shorten(visible(why), MAX_TEXT),
      alert,
      untilMs: 0,
    })),
  ].toSorted((a, b) => b.timeMs - a.timeMs);
  const hit =
    would.length === 0 ? 'nobody would have been blocked' : `${plural(would.length, 'block')} would have been put up`;
  const left = spared.length === 0 ? '' : `, ${plural(spared.length, 'source')} left alone`;
  const looked = alerts === 0 ? 'No alert that answers look at' : `Of ${plural(alerts, 'alert')} that answers look at`;
  return {
    ...when,
    sinceMs,
    sentence: alerts === 0 ? `${looked} came in that time.` : `${looked}: ${hit}${left}.`,
    next: mode === 'on' ? '' : 'answers:\n  mode: on',
    entries: entries.slice(0, SHOWN_MAX),
    total: entries.length,
  };
}

/** "192.0.2.7 is blocked until …", with what the person must know beside. */
export function blockDone({ block, ended, watching }: Verbs['block']['result'], { zone }: When): AnswerDone {
  const instead = ended.length === 0 ? '' : ` It takes the place of the block of ${targets(ended)}.`;
  const alone = watching ? '' : ' No daemon runs: only the kernel ends it then.';
  const lasts = formatDuration(Math.round((block.untilMs - block.sinceMs) / 1000) * 1000);
  const words = `${visible(block.target)} is blocked until ${moment(block.untilMs, zone)} (${lasts}).${instead}${alone}`;
  return { words };
}

/** "192.0.2.7 is no longer blocked. It is left alone until …". */
export function unblockDone({ ended, graceUntilMs }: Verbs['unblock']['result'], { zone }: When): AnswerDone {
  const grace = graceUntilMs === 0 ? '' : ` Left alone until ${moment(graceUntilMs, zone)}.`;
  return { words: `${targets(ended)} ${ended.length === 1 ? 'is' : 'are'} no longer blocked.${grace}` };
}

/** What allow did; a wider block that it still lies in is said. */
export function allowDone({ allowed, ended, stillIn }: Verbs['allow']['result'], end: boolean, when: When): AnswerDone {
  const said = allowed.map(({ prefix, untilMs }) => {
    const until = untilMs === 0 ? '' : ` until ${moment(untilMs, when.zone)}`;
    return end ? `${visible(prefix)} is no longer allowed.` : `${visible(prefix)} is never blocked${until}.`;
  });
  if (ended.length > 0) said.push(`The block of ${targets(ended)} has ended.`);
  if (stillIn.length > 0) said.push(`It still lies in ${joinWords(stillIn.map(visible))}, which is blocked.`);
  return { words: said.join(' ') };
}

function targets(blocks: readonly Block[]): string {
  const shown = blocks.slice(0, 5).map(({ target }) => visible(target));
  return blocks.length > 5 ? `${shown.join(', ')} and ${blocks.length - 5} more` : joinWords(shown);
}

function blockView(block: Block, { nowMs }: When): BlockView {
  return {
    id: block.id,
    target: visible(block.target),
    how: howWords(block),
    state: block.state,
    why: shorten(visible(whyWords(block)), MAX_TEXT),
    by: visible(block.by),
    through: visible(byWords(block)),
    alert: block.alert,
    sinceMs: block.sinceMs,
    untilMs: block.untilMs,
    ended: block.endedMs === 0 ? '' : shorten(visible(untilWords(block, nowMs)), 200),
  };
}

function allowedView({ prefix, by, reason, atMs, untilMs }: Allowed): AllowedView {
  return {
    prefix: visible(prefix),
    by: visible(by),
    reason: shorten(visible(reason), MAX_TEXT),
    atMs,
    untilMs,
  };
}

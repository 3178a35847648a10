/** The first thing anyone reads: one sentence, then what is quiet, then what is blind. Silence must be provably silence. */

import { shorten, visible } from '#lib/escape.ts';
import { plural, pluralWords, thousands } from '#lib/plural.ts';
import type { Gap } from '#model/gap.ts';
import type { OpenChange, Status } from '#model/verbs.ts';
import { gapWords, gathered } from './gap.ts';
import { causeWords } from './incident.ts';
import { ago, atTime, day } from './time.ts';

/** `headline` is the sentence; `detail` how to read it; `quiet` the facts beneath: checked, silenced, blind, failing. */
export interface StatusWords {
  readonly headline: string;
  readonly detail: string;
  readonly quiet: string;
}

/** All of it in one paragraph. */
export function statusSentence(status: Status, changes: readonly OpenChange[], timeZone?: string): string {
  const { headline, detail, quiet } = statusWords(status, changes, timeZone);
  return [headline, detail, quiet].filter((part) => part !== '').join(' ');
}

/** The parts of the sentence, for faces that set them apart. */
export function statusWords(status: Status, changes: readonly OpenChange[], timeZone?: string): StatusWords {
  const open = status.open.act + status.open.watch + status.open.note;
  return {
    headline: open === 0 ? emptyWords(status, timeZone) : openWords(status, changes, timeZone),
    detail: open === 0 ? '' : causesWords(open, changes),
    quiet: [
      checkedWords(status, timeZone),
      blindWords(status.blind),
      silencedWords(status),
      channelWords(status),
      unwatchedWords(status),
    ]
      .filter((part) => part !== '')
      .join(' '),
  };
}

/** "3 senses are blind: audit (kernel off), …"; never left out, also when none is. */
export function blindWords(blind: readonly Gap[]): string {
  if (blind.length === 0) return 'No sense is blind.';
  const each = gathered(blind);
  const names = each.slice(0, 6).map((gap) => gapWords(gap, 120));
  const more = each.length > names.length ? `, and ${each.length - names.length} more` : '';
  return `${plural(each.length, 'sense')} ${each.length === 1 ? 'is' : 'are'} blind: ${names.join(', ')}${more}.`;
}

function emptyWords(status: Status, timeZone: string | undefined): string {
  const { baseline } = status;
  if (!baseline) return `There is no baseline yet on ${visible(status.host)}: nothing can differ from it.`;
  return `Nothing differs from the baseline of ${day(baseline.madeMs, status.nowMs, timeZone)}.`;
}

/** "Two things changed at 02:14 that nobody has accepted." */
function openWords(status: Status, changes: readonly OpenChange[], timeZone: string | undefined): string {
  const open = status.open.act + status.open.watch + status.open.note;
  const firstMs = Math.min(...changes.map((change) => change.incident.firstMs));
  const lastMs = Math.max(...changes.map((change) => change.incident.firstMs));
  const when = changes.length === 0 ? '' : ` ${atTime(firstMs, status.nowMs, timeZone)}`;
  const since = lastMs - firstMs >= 60_000 ? when.replace(/^ (at |on )?/, ' since ').replace(' at ', ' ') : when;
  const signs = [
    status.open.act > 0 && `${thousands(status.open.act)} to act on`,
    status.open.watch > 0 && `${thousands(status.open.watch)} to watch`,
    status.open.note > 0 && `${thousands(status.open.note)} to note`,
  ].filter((part) => part !== false);
  const split = signs.length > 1 || open > 2 ? `: ${signs.join(', ')}` : '';
  return `${pluralWords(open, 'thing')} changed${since} that nobody has accepted${split}.`;
}

/** How the open changes hang together, so that they are read together. */
function causesWords(open: number, changes: readonly OpenChange[]): string {
  if (open < 2 || changes.length >= open || changes.length === 0) return '';
  const [only] = changes;
  if (changes.length === 1 && only) {
    const cause = causeWords(only.incident);
    return cause === '' ? 'They belong together.' : `They share ${cause}, so read them together.`;
  }
  // An answer lists so many causes and no more.
  const listed = changes.reduce((sum, { alerts }) => sum + alerts.length, 0);
  return `They have ${listed < open ? 'at least ' : ''}${plural(changes.length, 'cause')}.`;
}

const FAR_APART_MS = 90_000;

function checkedWords(status: Status, timeZone: string | undefined): string {
  if (status.checkedMs === 0) return 'Nothing has been checked yet.';
  // Some checks look every few seconds, others every ten minutes: the oldest look alone would sound as if the watch slept.
  const newestMs = Math.max(0, ...status.sensors.map(({ lastLookMs }) => lastLookMs));
  const spread = newestMs - status.checkedMs > FAR_APART_MS ? ', the oldest of them' : '';
  return `${plural(status.facts, 'fact')} checked${spread} ${ago(status.checkedMs, status.nowMs, timeZone)}.`;
}

/** Without a daemon: either this command has looked itself, or nobody looks at all. */
function unwatchedWords(status: Status): string {
  if (status.watching) return '';
  return status.checkedMs === 0
    ? 'No daemon is watching: this is what was recorded.'
    : 'No daemon is watching: this command looked itself, and what comes and goes between looks is not seen.';
}

function silencedWords(status: Status): string {
  const parts = [
    status.quieted > 0 && `${thousands(status.quieted)} quieted`,
    status.explained24h > 0 && `${thousands(status.explained24h)} explained in the last 24 hours`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? '' : `${parts.join(', ')}.`;
}

/** Channels that fail: an alert that nobody got is worse than none. */
function channelWords(status: Status): string {
  return status.channels
    .filter((channel) => channel.failing !== '')
    .map(
      (channel) =>
        `Channel ${visible(channel.name)} is failing, ${plural(channel.waiting, 'notice')} wait: ${shorten(visible(channel.failing), 160).replace(/\.$/, '')}.`,
    )
    .join(' ');
}

/** What the daemon says when it watches: what, since when it is normal, what is blind, whom it tells, where to look. */

import { visible } from '#lib/escape.ts';
import { joinWords, plural, thousands } from '#lib/plural.ts';
import type { Alert } from '#model/finding.ts';
import type { Gap } from '#model/gap.ts';
import type { Host } from '#model/host.ts';
import type { Settings } from '#model/settings.ts';
import type { SensorStatus, Status } from '#model/verbs.ts';
import { titleOf } from '#views/alert.ts';
import { gapWords, gathered } from '#views/gap.ts';
import { day } from '#views/time.ts';
import { ownCommand } from './command-name.ts';
import { version } from './own-version.ts';

interface Started {
  readonly settings: Settings;
  readonly host: Pick<Host, 'name' | 'scope'>;
  readonly sensors: readonly SensorStatus[];
  readonly blind: readonly Gap[];
  readonly page: { readonly address: string; readonly user: string } | undefined;
  readonly status: Pick<Status, 'baseline' | 'facts' | 'startedMs' | 'nowMs' | 'open'>;
  /** The gravest of what is open already. */
  readonly gravest: Alert | undefined;
}

/** Sentences, each of one thing, for a terminal and the journal alike; `doctor` and `check --list` have the rest. */
export function startLines(started: Started): readonly string[] {
  const { settings, host, page } = started;
  const scope = host.scope === 'all' ? '' : ', only this network namespace';
  const keeps = `Keeps what it sees in ${visible(settings.stateDir)}.`;
  const paged = page === undefined ? [] : [`Page: ${page.address} (runs as ${page.user}); to log in: telltale web`];
  return [
    `Telltale ${version()} is watching ${visible(host.name)}${scope}.`,
    ...[
      normalWords(started),
      ...oddWords(started),
      hearingWords(started.sensors),
      ...blindLines(started),
      tellsWords(settings),
      keeps,
      answersWords(settings),
      ...paged,
    ].map((line) => `  ${line}`),
    `Next: leave it running, and in another terminal type ${ownCommand()}`,
  ];
}

function normalWords({ status, sensors }: Started): string {
  const checks = `${plural(status.facts, 'fact')} from ${plural(asked(sensors).length, 'check')}`;
  const { baseline, startedMs, nowMs } = status;
  if (baseline === undefined || baseline.madeMs >= startedMs)
    return `What is here now counts as normal: ${checks} (telltale check --list).`;
  return `Holds ${checks} against what was normal on ${day(baseline.madeMs, nowMs)} (telltale check --list).`;
}

/** What is dangerous in itself speaks at the first look, and what changed while nobody watched. */
function oddWords({ status: { open }, gravest }: Started): readonly string[] {
  const count = open.act + open.watch + open.note;
  if (gravest === undefined || count === 0) return [];
  const more = count === 1 ? 'One thing is' : `${thousands(count)} things are`;
  return [`${more} open already${count === 1 ? '' : ', the gravest'}: ${titleOf(gravest)}`];
}

function hearingWords(sensors: readonly SensorStatus[]): string {
  const hear = asked(sensors).filter(({ hears }) => hears !== '').length;
  return `${thousands(hear)} of ${plural(asked(sensors).length, 'check')} hear of changes at once from the kernel; all look again from time to time.`;
}

function asked(sensors: readonly SensorStatus[]): readonly SensorStatus[] {
  return sensors.filter(({ by }) => by !== 'not asked');
}

function blindLines({ blind, sensors }: Started): readonly string[] {
  const lines = gathered(blind).map(
    (gap) => `blind: ${gapWords(gap)}${gap.next === undefined ? '' : `; ${within(visible(gap.next))}`}`,
  );
  const less = sensors.filter(({ gaps }) => gaps.some(({ reduced }) => reduced === true)).length;
  const reduced = `${plural(less, 'check')} ${less === 1 ? 'sees' : 'see'} less than possible (telltale doctor).`;
  if (lines.length > 0) return less === 0 ? lines : [...lines, reduced];
  return [less === 0 ? 'Nothing is blind.' : `Nothing is blind; ${reduced}`];
}

/** A sentence as it goes on behind a semicolon. */
function within(sentence: string): string {
  return /^[A-Z][a-z ]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence;
}

function tellsWords({ notifiers }: Settings): string {
  if (notifiers.length === 0) return 'Tells nobody yet, only who asks; to be told: telltale config show --example';
  return `Tells ${joinWords(notifiers.map(({ name }) => visible(name)))}; to try it: telltale notify test`;
}

function answersWords({ answers }: Settings): string {
  if (answers.mode === 'on') return 'Blocks attackers as the settings say: telltale blocks';
  return `Nothing is blocked until you say so${answers.mode === 'try' ? '; whom answers would have hit: telltale block try' : ''}.`;
}

/** The first screen, made of what the daemon answers. */

import { harmless, shorten, visible } from '#lib/escape.ts';
import { plural, thousands } from '#lib/plural.ts';
import { type Sign, signOf } from '#model/finding.ts';
import type { SensorStatus, Status, Verbs } from '#model/verbs.ts';
import { gathered } from '#views/gap.ts';
import { gravestSign } from '#views/sign.ts';
import { statusWords } from '#views/status.ts';
import { ago, atTime, day } from '#views/time.ts';
import { changeView } from './alerts.ts';
import type { WebResult } from './asker.ts';
import { doorsOf } from './doors.ts';
import { harmlessGap } from './harmless-gap.ts';
import { knocksOf } from './scans.ts';
import type { OverviewView, StripView } from './shapes.ts';

const DOORS_MAX = 12;

/** The answers it is made of. */
export interface OverviewAnswers {
  readonly status: Status;
  readonly changes: Verbs['changes']['result']['changes'];
  readonly activity: Verbs['activity']['result'];
  readonly sockets: WebResult<'rows'>;
  readonly scans: WebResult<'scans'>;
}

/** The first screen in words; `zone` is the zone in which times are said. */
export function overviewView(answers: OverviewAnswers, zone: string): Omit<OverviewView, 'command'> {
  const { status, changes, sockets } = answers;
  const view = { nowMs: status.nowMs, timeZone: zone };
  const words = statusWords(status, changes, zone);
  const doors = doorsOf(sockets.rows);
  const { knocks, more } = knocksOf(answers.scans, { nowMs: status.nowMs, zone });
  const openCount = status.open.act + status.open.watch + status.open.note;
  return {
    host: visible(status.host),
    version: visible(status.version),
    zone,
    nowMs: status.nowMs,
    watching: status.watching,
    sign: gravestSign(changes.flatMap((change) => change.alerts)),
    headline: words.headline,
    detail: words.detail,
    quiet: words.quiet,
    changes: changes.map((change) => changeView(change, view)),
    openCount,
    quieted: status.quieted,
    doors: doors.slice(0, DOORS_MAX),
    moreDoors: Math.max(0, doors.length - DOORS_MAX),
    knocks,
    moreKnocks: more,
    strip: stripView(answers.activity, status.nowMs, zone),
    chain: chainWords(status, zone),
    channels: status.channels.map((channel) => ({
      name: visible(channel.name),
      words: channelWords(channel, status.nowMs, zone),
      failing: channel.failing !== '',
    })),
    senses: sensesWords(status.sensors),
    sensors: status.sensors.map((sensor) => sensorWords(sensor, status.nowMs, zone)),
    blind: gathered(status.blind).map(harmlessGap),
  };
}

function stripView(activity: Verbs['activity']['result'], nowMs: number, zone: string): StripView {
  const needles = activity.alerts.slice(-200).map(({ timeMs, id, severity, title, settled }) => ({
    timeMs,
    id,
    sign: (settled ? 'settled' : signOf(severity)) satisfies Sign,
    title: shorten(harmless(title), 120),
  }));
  const total = activity.events.reduce((sum, count) => sum + count, 0);
  const news = needles.filter(({ sign }) => sign !== 'settled');
  const told = news.slice(-5).map((needle) => `${atTime(needle.timeMs, nowMs, zone)}: ${needle.title}`);
  const alerts = news.length === 0 ? 'no alert' : `${plural(news.length, 'alert')} (${told.join('; ')})`;
  return {
    fromMs: activity.fromMs,
    bucketMs: activity.bucketMs,
    events: activity.events,
    needles,
    words: `Last 24 hours: ${plural(total, 'change')} seen, ${alerts}.`,
  };
}

function chainWords({ chain, nowMs }: Status, zone: string): string {
  if (chain.records === 0) return 'The chain of evidence holds no record yet.';
  const since = `The chain of evidence begins on ${day(chain.sinceMs, nowMs, zone)}`;
  return `${since} and holds ${plural(chain.records, 'record')}; its head is ${visible(chain.head).slice(0, 12)}.`;
}

function channelWords(channel: Status['channels'][number], nowMs: number, zone: string): string {
  if (channel.failing !== '') {
    return `failing, ${thousands(channel.waiting)} waiting: ${shorten(visible(channel.failing), 200)}`;
  }
  if (channel.waiting > 0) return `${thousands(channel.waiting)} waiting`;
  return channel.deliveredMs === 0 ? 'nothing told yet' : `told ${ago(channel.deliveredMs, nowMs, zone)}`;
}

/** All of them in two or three sentences: nobody reads three dozen lines to learn that all is well. */
function sensesWords(sensors: readonly SensorStatus[]): string {
  const here = sensors.filter(({ by }) => by !== 'not asked');
  const hearing = here.filter(({ hears }) => hears !== '').length;
  const lost = here.reduce((sum, sensor) => sum + sensor.lost, 0);
  const left = sensors.filter(({ by }) => by === 'not asked').map(({ table }) => visible(table));
  return [
    `${plural(here.length, 'table')} ${here.length === 1 ? 'is' : 'are'} looked at again and again; changes in ${thousands(hearing)} of them are heard at once.`,
    lost === 0 ? 'No event was lost.' : `${plural(lost, 'event')} ${lost === 1 ? 'was' : 'were'} lost.`,
    ...(left.length === 0 ? [] : [`Not asked here: ${left.join(', ')}.`]),
  ].join(' ');
}

function sensorWords(sensor: SensorStatus, nowMs: number, zone: string): string {
  const heard = sensor.hears === '' ? '' : `, changes heard by ${visible(sensor.hears)}`;
  const lost = sensor.lost === 0 ? '' : `, ${plural(sensor.lost, 'event')} lost`;
  const looked = sensor.lastLookMs === 0 ? 'not looked yet' : `looked ${ago(sensor.lastLookMs, nowMs, zone)}`;
  return `${visible(sensor.table)}: ${thousands(sensor.rows)} by ${visible(sensor.by)}, ${looked}${heard}${lost}`;
}

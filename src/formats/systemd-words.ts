/** When a timer, socket or path unit acts, in words: systemd.timer(5), systemd.socket(5), systemd.path(5). */

import type { Directive } from './systemd-unit.ts';
import { listOf } from './systemd-unit.ts';

const TIMERS: Readonly<Record<string, (value: string) => string>> = {
  OnCalendar: calendarWords,
  OnBootSec: (value) => `${value} after boot`,
  OnStartupSec: (value) => `${value} after the service manager started`,
  OnActiveSec: (value) => `${value} after the timer was started`,
  OnUnitActiveSec: (value) => `${value} after the last run began`,
  OnUnitInactiveSec: (value) => `${value} after the last run ended`,
  OnClockChange: (value) => (isYes(value) ? 'when the clock is set' : ''),
  OnTimezoneChange: (value) => (isYes(value) ? 'when the time zone is set' : ''),
};
const SOCKETS = [
  'ListenStream',
  'ListenDatagram',
  'ListenSequentialPacket',
  'ListenFIFO',
  'ListenSpecial',
  'ListenNetlink',
  'ListenMessageQueue',
  'ListenUSBFunction',
];
const PATHS: Readonly<Record<string, string>> = {
  PathExists: 'exists',
  PathExistsGlob: 'exists',
  PathChanged: 'is changed',
  PathModified: 'is written',
  DirectoryNotEmpty: 'holds a file',
};
const EVERY: Readonly<Record<string, string>> = {
  minutely: 'every minute',
  hourly: 'every hour',
  daily: 'every day',
  weekly: 'every week',
  monthly: 'every month',
  quarterly: 'every quarter',
  semiannually: 'every half year',
  yearly: 'every year',
  annually: 'every year',
  '*:0/1': 'every minute',
  '*-*-* *:*:00': 'every minute',
  '*:*': 'every minute',
};

/** "" for units that do not say. */
export function whenWords(directives: readonly Directive[]): string {
  const words: string[] = [];
  for (const [key, say] of Object.entries(TIMERS))
    for (const value of listOf(directives, 'Timer', key).values) words.push(say(value));
  const addresses = SOCKETS.flatMap((key) => listOf(directives, 'Socket', key).values);
  if (addresses.length > 0) words.push(`when something connects to ${addresses.join(', ')}`);
  for (const [key, say] of Object.entries(PATHS))
    for (const value of listOf(directives, 'Path', key).values) words.push(`when ${value} ${say}`);
  return words.filter((word) => word !== '').join(', ');
}

function calendarWords(value: string): string {
  return EVERY[value.toLowerCase()] ?? `at "${value}"`;
}

/** yes, true, on, 1: systemd.syntax(7). */
export function isYes(value: string): boolean {
  return /^(?:1|yes|y|true|t|on)$/i.test(value);
}

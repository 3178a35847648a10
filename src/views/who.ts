/** Who did it, in words. */

import { shorten, visible } from '#lib/escape.ts';
import type { Source, Who } from '#model/finding.ts';
import { clockTime } from './time.ts';

const MAX_COMMAND = 400;
const MAX_TEXT = 240;

/** Bounded and harmless; "" stays "". */
function told(text: string, max = MAX_TEXT): string {
  return shorten(visible(text), max);
}

/** "www-data (uid 33) ran /tmp/.x/nc, pid 4242, started 02:14:22": what could not be told is left out. */
export function whoWords(who: Who, timeZone?: string): string {
  const user =
    who.user === String(who.uid) || who.user === '' ? `uid ${who.uid}` : `${told(who.user)} (uid ${who.uid})`;
  const program = who.exe === '' ? `"${told(who.comm)}"` : told(who.exe);
  const sure = who.asStarted === true ? ' (as started; the file could not be confirmed)' : '';
  const started = who.startedMs > 0 ? `, started ${clockTime(who.startedMs, timeZone)}` : '';
  return `${user} ran ${program}${sure}, pid ${who.pid}${started}`;
}

/** The command line, or "" when there is none beyond the program itself. */
export function commandWords(who: Who): string {
  return who.cmdline === '' || who.cmdline === who.exe ? '' : told(who.cmdline, MAX_COMMAND);
}

/** "sh (4100) ← php-fpm (801)": nearest parent first. */
export function parentWords(who: Who): string {
  return who.parents.map((parent) => told(parent, 80)).join(' ← ');
}

/** "unit php-fpm.service, login session 12, package php8.2-fpm": where it belongs. */
export function belongsWords(who: Who): string {
  const parts = [
    who.unit && `unit ${told(who.unit)}`,
    who.session && `login session ${told(who.session)}`,
    who.package && `package ${told(who.package)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** "203.0.113.9 port 51234". */
export function sourceWords(source: Source): string {
  return source.port === undefined ? told(source.ip) : `${told(source.ip)} port ${source.port}`;
}

/** Lines of crontab(5) as Debian's cron (Vixie's) and cronie read them, and of anacrontab(5). */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseUint } from '#lib/parse-uint.ts';
import { trimEndOf } from '#lib/trim-end.ts';

/** A line of a crontab. */
export type CronLine =
  | { readonly type: 'blank' }
  | { readonly type: 'variable'; readonly name: string; readonly value: string }
  | {
      readonly type: 'entry';
      /** Five fields with single blanks, or "@reboot". */
      readonly schedule: string;
      /** "" in the crontab of a user. */
      readonly user: string;
      /** Up to the first % that is not escaped; \% is %. */
      readonly command: string;
      /** What comes after that %, with each further % as a newline. */
      readonly input: string;
      /** It ended the text without a newline: cron does not run it. */
      readonly unfinished: boolean;
    };

const VARIABLE = /^[ \t]*(?:"([^"]*)"|'([^']*)'|([^ \t=]+))[ \t]*=[ \t]*(.*)$/s;
const NICKNAMES = new Set(['@reboot', '@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly low: number;
  readonly high: number;
  readonly names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 7, names: DAYS },
];

/** `system`: lines name the user (/etc/crontab, /etc/cron.d). Lines that cron would refuse are rejects. */
export function parseCrontab(text: string, system: boolean): Parsed<CronLine> {
  const finished = text === '' || text.endsWith('\n');
  const last = finished ? -1 : text.split('\n').length;
  let number = 0;
  return parseLines(text, (line) => {
    number += 1;
    const bare = line.replace(/^[ \t]+/, '');
    if (bare === '' || bare.startsWith('#')) return { type: 'blank' };
    return variableOf(bare) ?? entryOf(bare, system, number === last);
  });
}

function variableOf(line: string): CronLine | undefined {
  const found = VARIABLE.exec(line);
  if (found === null) return undefined;
  const name = found[1] ?? found[2] ?? found[3] ?? '';
  const value = trimEndOf(found[4] ?? '', ' \t');
  return { type: 'variable', name, value: /^(["']).*\1$/.test(value) ? value.slice(1, -1) : value };
}

function entryOf(line: string, system: boolean, unfinished: boolean): CronLine | undefined {
  // A dash before the minutes keeps the job out of syslog.
  const bare = line.startsWith('-') ? line.slice(1) : line;
  const count = bare.startsWith('@') ? 1 : FIELDS.length;
  const words = splitFront(bare, count + (system ? 1 : 0));
  if (words === undefined) return undefined;
  const fields = words.front.slice(0, count);
  if (!isSchedule(fields)) return undefined;
  const schedule = fields.join(' ').toLowerCase();
  const user = system ? (words.front[count] ?? '') : '';
  return { type: 'entry', schedule, user, ...withInput(words.rest), unfinished };
}

/** The first `count` words and the rest of the line; undefined when there is no rest. */
function splitFront(line: string, count: number): { front: string[]; rest: string } | undefined {
  const front: string[] = [];
  let rest = line;
  for (let left = count; left > 0; left -= 1) {
    const found = /^([^ \t]+)[ \t]+/.exec(rest);
    if (found === null) return undefined;
    front.push(found[1] ?? '');
    rest = rest.slice(found[0].length);
  }
  return rest === '' ? undefined : { front, rest };
}

function isSchedule(fields: readonly string[]): boolean {
  if (fields.length === 1) return NICKNAMES.has((fields[0] ?? '').toLowerCase());
  return fields.every((field, at) => isField(field.toLowerCase(), FIELDS[at] ?? { low: 0, high: 0, names: [] }));
}

/** A list of numbers, names, ranges and steps; cronie also has "~" for a random time. */
function isField(text: string, field: Field): boolean {
  return text.split(',').every((part) => {
    const [range = '', step, more] = part.split('/');
    if (more !== undefined || (step !== undefined && !(parseUint(step, 1000) ?? 0))) return false;
    if (range === '*') return true;
    const random = range.includes('~');
    const ends = range.split(random ? '~' : '-');
    if (ends.length > 2) return false;
    return ends.every((end) => (random && end === '') || isValue(end, field));
  });
}

function isValue(text: string, { low, high, names }: Field): boolean {
  const number = parseUint(text);
  return number === undefined ? names.includes(text) : number >= low && number <= high;
}

function withInput(rest: string): { command: string; input: string } {
  const parts = rest.split(/(?<!\\)%/);
  const plain = (text: string): string => text.replaceAll('\\%', '%');
  return { command: plain(parts[0] ?? ''), input: parts.slice(1).map(plain).join('\n') };
}

/** A line of anacrontab(5): period in days (or @monthly), delay in minutes, name of the job, command. */
export type AnacronLine =
  | { readonly type: 'blank' }
  | { readonly type: 'variable'; readonly name: string; readonly value: string }
  | { readonly type: 'job'; readonly period: string; readonly job: string; readonly command: string };

const ANACRON_JOB = /^(\d{1,5}|@[a-z]+)[ \t]+(\d{1,6})[ \t]+(\S+)[ \t]+(.+)$/s;

/** Lines that anacron would refuse are rejects. */
export function parseAnacrontab(text: string): Parsed<AnacronLine> {
  return parseLines(text, (line) => {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) return { type: 'blank' };
    const [, period, , job, command] = ANACRON_JOB.exec(bare) ?? [];
    if (period !== undefined && job !== undefined && command !== undefined)
      return { type: 'job', period, job, command };
    const variable = variableOf(bare);
    return variable?.type === 'variable' ? variable : undefined;
  });
}

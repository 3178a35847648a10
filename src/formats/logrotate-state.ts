/**
 * The state file: when each log was last rotated. Version 2 is `"path" Y-M-D-H:M:S` without zero padding, version 1 has
 * the date only. Text is Latin-1, one character a byte.
 */

import { splitWords } from './logrotate-words.ts';

/** Local calendar time; month 1–12. */
export interface Calendar {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

export interface StateRow {
  readonly path: string;
  readonly last: Calendar;
}

/** `words` is logrotate's message without the name of the state file, which belongs at its end. */
export interface StateReject {
  readonly line: number;
  readonly words: string;
}

export interface ParsedState {
  readonly rows: readonly StateRow[];
  readonly rejects: readonly StateReject[];
  /** Lines with nothing on them, the first line among them. */
  readonly passed: number;
}

const TOP_LINE = /^logrotate state -- version [12]$/;
const PLAIN = /^"([^"\\]*)" (\d{4})-(\d{1,2})-(\d{1,2})-(\d{1,2}):(\d{1,2}):(\d{1,2})$/;
const DATE =
  /^\s*([-+]?\d{1,9})-([-+]?\d{1,9})-([-+]?\d{1,9})(?:-([-+]?\d{1,9})(?::([-+]?\d{1,9})(?::([-+]?\d{1,9}))?)?)?/;

/**
 * Reads a whole state file; every line is a row, a reject, or passed. With an unknown first line all lines are one
 * reject. A last line without its end is a reject: its date may have been cut.
 */
export function parseState(text: string): ParsedState {
  const rows: StateRow[] = [];
  const rejects: StateReject[] = [];
  const lines = text.split('\n');
  const unfinished = lines.pop() ?? '';
  if (!TOP_LINE.test(lines[0] ?? '')) {
    if (text !== '') rejects.push({ line: 1, words: 'bad top line in state file' });
    return { rows, rejects, passed: 0 };
  }
  let passed = 1;
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') {
      passed += 1;
      continue;
    }
    const row = parseRow(line, at + 1);
    if (typeof row === 'string') rejects.push({ line: at + 1, words: row });
    else rows.push(row);
  }
  if (unfinished !== '') {
    rejects.push({ line: lines.length + 1, words: `line ${lines.length + 1} too long in state file` });
  }
  return { rows, rejects, passed };
}

function parseRow(line: string, number: number): StateRow | string {
  const plain = PLAIN.exec(line);
  const found = plain === null ? parseAny(line) : { path: plain[1] ?? '', last: calendar(plain.slice(1)) };
  if (found === undefined) return `bad line ${number} in state file`;
  const wrong = outOfRange(found.last);
  return wrong === undefined ? found : `bad ${wrong} for file ${found.path} in state file`;
}

/** Names with escapes or without quotes, dates with less than a full time. */
function parseAny(line: string): StateRow | undefined {
  const words = splitWords(line);
  const [path = '', date = ''] = words ?? [];
  const fields = DATE.exec(date);
  return words?.length === 2 && fields !== null ? { path: unescapeName(path), last: calendar(fields) } : undefined;
}

/** Year to second stand at 1 to 6; what is missing is 0. */
function calendar(fields: readonly (string | undefined)[]): Calendar {
  const field = (at: number): number => Number(fields[at] ?? 0);
  return { year: field(1), month: field(2), day: field(3), hour: field(4), minute: field(5), second: field(6) };
}

/** The writer doubles what popt takes away, but for the line feed, which it writes as \n. */
function unescapeName(path: string): string {
  return path.replace(/\\(.)/g, (_, next: string) => (next === 'n' ? '\n' : next));
}

/** 1900 is how a log that was never rotated is written; hence it is allowed. */
function outOfRange(at: Calendar): string | undefined {
  if (at.year !== 1900 && (at.year < 1970 || at.year > 2100)) return `year ${at.year}`;
  if (at.month >= 1 && at.month <= 12 && at.day >= 0 && at.day <= 31 && isClock(at)) return undefined;
  const limits: readonly (readonly [string, number, number, number])[] = [
    ['month', at.month, 1, 12],
    ['day', at.day, 0, 31],
    ['hour', at.hour, 0, 23],
    ['minute', at.minute, 0, 59],
    ['second', at.second, 0, 59],
  ];
  for (const [name, value, least, most] of limits) if (value < least || value > most) return `${name} ${value}`;
  return undefined;
}

function isClock({ hour, minute, second }: Calendar): boolean {
  return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59;
}

/** The whole file, version 2, rows in the order given. */
export function printState(rows: Iterable<StateRow>): string {
  let text = 'logrotate state -- version 2\n';
  for (const { path, last } of rows) {
    const name = /[\\"\n]/.test(path) ? path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n') : path;
    text += `"${name}" ${last.year}-${last.month}-${last.day}-${last.hour}:${last.minute}:${last.second}\n`;
  }
  return text;
}

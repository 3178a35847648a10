/** Whether a log is to be rotated now, and why or why not. */

import type { Calendar } from '#formats/logrotate-state.ts';
import type { LogSet } from './policy.ts';
import { instantOf } from './state-store.ts';

/** What is known of a log when it is judged. */
export interface Candidate {
  readonly sizeBytes: number;
  readonly changedMs: number;
  readonly last: Calendar;
}

export interface Verdict {
  readonly due: boolean;
  /** logrotate's words for what is not due, without the line end; empty when due, or when it has none. */
  readonly words: string;
  /** The date of the last rotation lies in the future: an error, and the log is rotated. */
  readonly future?: boolean;
  /** For people: which setting decided. */
  readonly because: string;
}

const DAY_MS = 86_400_000;
/** A clock that was an hour or a day off must not force a rotation; beyond this it is wrong. */
const FUTURE_MS = 25 * 3_600_000;

/** An instant, epoch ms, and the same as local calendar time. */
export interface Clock {
  readonly ms: number;
  readonly calendar: Calendar;
}

/** Judges one log. */
export function judge(set: LogSet, log: Candidate, now: Clock, force: boolean): Verdict {
  const verdict = byTimeOrSize(set, log, now, force);
  if (!verdict.due) return verdict;
  if (!set.ifempty && log.sizeBytes === 0) return notDue('(log is empty)', 'notifempty');
  return verdict;
}

function byTimeOrSize(set: LogSet, log: Candidate, now: Clock, force: boolean): Verdict {
  if (force) return isDue('forced');
  if (set.maxsizeBytes > 0 && log.sizeBytes > set.maxsizeBytes) return isDue(`maxsize ${set.maxsizeBytes}`);
  if (set.criterion === 'size') {
    return log.sizeBytes >= set.thresholdBytes
      ? isDue(`size ${set.thresholdBytes}`)
      : notDue("(log size is below the 'size' threshold)", `size ${set.thresholdBytes}`);
  }
  const verdict = byTime(set, log, now);
  if (!verdict.due || verdict.future === true) return verdict;
  if (set.minsizeBytes > 0 && log.sizeBytes < set.minsizeBytes) {
    return notDue("('minsize' directive is used and the log size is smaller than the minsize value)", 'minsize');
  }
  if (set.minAgeDays > 0 && now.ms - log.changedMs < set.minAgeDays * DAY_MS) {
    return notDue("('minage' directive is used and the log age is smaller than the minage days)", 'minage');
  }
  return verdict;
}

function byTime(set: LogSet, { last }: Candidate, clock: Clock): Verdict {
  const now = clock.calendar;
  // Making an instant of a calendar time is dear, so only when it is later than now at all.
  if (compare(last, now) > 0 && instantOf(last) - clock.ms > FUTURE_MS)
    return { ...isDue('last rotation in the future'), future: true };
  const sameHour = sameDay(last, now) && last.hour === now.hour;
  if (sameHour && set.criterion !== 'minutes') return notDue('(log has already been rotated)', set.criterion);
  const span = TURNS[set.criterion](set, last, clock);
  if (span === undefined) return isDue(set.criterion);
  return notDue(`(log has been rotated at ${minuteOf(last)}, which is less than ${span} ago)`, set.criterion);
}

/** For each criterion: the time that has not passed yet, in words; undefined when it has. */
const TURNS: Readonly<Record<LogSet['criterion'], (set: LogSet, last: Calendar, now: Clock) => string | undefined>> = {
  size: () => undefined,
  hourly: () => undefined,
  daily: (_, last, { calendar }) => (sameDay(last, calendar) ? 'a day' : undefined),
  weekly: ({ weekday }, last, { calendar }) => {
    const days = calendarDays(last, calendar);
    return days >= 7 || (days >= 1 && weekdayOf(calendar) === weekday) ? undefined : 'a week';
  },
  monthly: ({ monthday }, last, { calendar }) => (monthPassed(monthday, last, calendar) ? undefined : 'a month'),
  yearly: (_, last, { calendar }) => (last.year === calendar.year ? 'a year' : undefined),
  minutes: ({ minutes }, last, { ms }) => {
    const passed = Math.floor((ms - instantOf(last)) / 60_000);
    return passed > minutes || passed < 0 ? undefined : `${minutes} minutes`;
  },
};

function monthPassed(monthday: number, last: Calendar, now: Calendar): boolean {
  const days = calendarDays(last, now);
  if (monthday === 0) return last.month !== now.month || last.year !== now.year;
  const lastOfMonth = new Date(Date.UTC(now.year, now.month, 0)).getUTCDate();
  return days >= 31 || (days >= 1 && (now.day === monthday || (now.day === lastOfMonth && monthday > lastOfMonth)));
}

function compare(a: Calendar, b: Calendar): number {
  return a.year - b.year || a.month - b.month || a.day - b.day || a.hour - b.hour;
}

function isDue(because: string): Verdict {
  return { due: true, words: '', because };
}

function notDue(words: string, because: string): Verdict {
  return { due: false, words, because };
}

function sameDay(a: Calendar, b: Calendar): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

/** Midnights between two dates; hours, and so summer time, do not count. */
function calendarDays(from: Calendar, to: Calendar): number {
  return Math.round((Date.UTC(to.year, to.month - 1, to.day) - Date.UTC(from.year, from.month - 1, from.day)) / DAY_MS);
}

function weekdayOf(at: Calendar): number {
  return new Date(Date.UTC(at.year, at.month - 1, at.day)).getUTCDay();
}

/** "2026-11-21 03:26", as verbose output has it. */
export function minuteOf(at: Calendar): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}`;
}

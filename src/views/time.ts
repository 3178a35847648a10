/** Times as people read them: always 24 hours, near ones relative, with the zone where it matters. */

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** Zone of this machine, unless one is given (an IANA name such as "Europe/Berlin"). */
function at(ms: number, timeZone = Temporal.Now.timeZoneId()): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.trunc(ms)).toZonedDateTimeISO(timeZone);
}

/** "02:14". */
export function hourMinute(ms: number, timeZone?: string): string {
  return at(ms, timeZone).toPlainTime().toString({ smallestUnit: 'minute' });
}

/** "02:14:31". */
export function clockTime(ms: number, timeZone?: string): string {
  return at(ms, timeZone).toPlainTime().toString({ smallestUnit: 'second' });
}

/** "3 November", with the year where it is not the present one: "3 November 2025". */
export function day(ms: number, nowMs: number, timeZone?: string): string {
  const date = at(ms, timeZone);
  const short = `${date.day} ${MONTHS[date.month - 1] ?? ''}`;
  return date.year === at(nowMs, timeZone).year ? short : `${short} ${date.year}`;
}

/** "21 November 2026, 02:14:31 +01:00": unmistakable, for records and mails. */
export function moment(ms: number, timeZone?: string): string {
  const date = at(ms, timeZone);
  return `${date.day} ${MONTHS[date.month - 1] ?? ''} ${date.year}, ${clockTime(ms, timeZone)} ${date.offset}`;
}

/** "today", "yesterday" or "on 3 November", for the middle of a sentence; "" for today when `bare`. */
function dayWord(ms: number, nowMs: number, timeZone?: string): string {
  const then = at(ms, timeZone).toPlainDate();
  const days = then.until(at(nowMs, timeZone).toPlainDate()).days;
  if (days === 0) return 'today';
  return days === 1 ? 'yesterday' : day(ms, nowMs, timeZone);
}

/** "just now", "12 s ago", "5 min ago", "today 07:02", "yesterday 07:02", "3 November 07:02"; "in 5 min" for what comes. */
export function ago(ms: number, nowMs: number, timeZone?: string): string {
  const pastMs = nowMs - ms;
  if (pastMs < -1000) return pastMs > -5_400_000 ? `in ${Math.ceil(-pastMs / 60_000)} min` : later(ms, nowMs, timeZone);
  if (pastMs < 1000) return 'just now';
  if (pastMs < 90_000) return `${Math.floor(pastMs / 1000)} s ago`;
  if (pastMs < 3_600_000) return `${Math.floor(pastMs / 60_000)} min ago`;
  return `${dayWord(ms, nowMs, timeZone)} ${hourMinute(ms, timeZone)}`;
}

/** "until" words for what lies ahead: "tomorrow" is not said, a date cannot be misread after midnight. */
function later(ms: number, nowMs: number, timeZone?: string): string {
  const same = at(ms, timeZone).toPlainDate().equals(at(nowMs, timeZone).toPlainDate());
  return same ? `today ${hourMinute(ms, timeZone)}` : `${day(ms, nowMs, timeZone)} ${hourMinute(ms, timeZone)}`;
}

/** For "changed …": "at 02:14", "yesterday at 02:14", "on 3 November at 02:14". */
export function atTime(ms: number, nowMs: number, timeZone?: string): string {
  const word = dayWord(ms, nowMs, timeZone);
  const time = `at ${hourMinute(ms, timeZone)}`;
  if (word === 'today') return time;
  return word === 'yesterday' ? `yesterday ${time}` : `on ${word} ${time}`;
}

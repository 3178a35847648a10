/** Moments as people write them: "03:00", "yesterday 22:15", "2026-11-21 03:00", "2 h ago". */

import { parseDuration } from './duration.ts';

/**
 * Epoch milliseconds, or undefined for what is no moment. A time without a day is the last one that has passed; a day
 * without a time is its beginning. `timeZone`: that of this machine unless given.
 */
export function parseMoment(text: string, nowMs: number, timeZone = Temporal.Now.timeZoneId()): number | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === 'now') return nowMs;
  return instant(text.trim()) ?? past(wanted, nowMs) ?? local(wanted, nowMs, timeZone);
}

/** "2 h ago", "-24h". */
function past(wanted: string, nowMs: number): number | undefined {
  const [, ago, minus] = /^(.+) ago$|^-(.+)$/.exec(wanted) ?? [];
  const ms = parseDuration(ago ?? minus ?? '');
  return ms === undefined ? undefined : nowMs - ms;
}

/** With an offset or "Z": unmistakable (RFC 3339). */
function instant(text: string): number | undefined {
  if (!/(?:z|[+-]\d\d:?\d\d)$/i.test(text)) return undefined;
  return attempt(() => Temporal.Instant.from(text.replace(' ', 'T')).epochMilliseconds);
}

const LOCAL = /^(today|yesterday|\d{4}-\d\d-\d\d)?(?:[ t]|^|$)(\d{1,2}:\d\d(?::\d\d)?)?$/;

function local(wanted: string, nowMs: number, timeZone: string): number | undefined {
  const [, day = '', clock = ''] = LOCAL.exec(wanted) ?? [];
  if (day === '' && clock === '') return undefined;
  return attempt(() => {
    const today = Temporal.Instant.fromEpochMilliseconds(Math.trunc(nowMs)).toZonedDateTimeISO(timeZone).toPlainDate();
    const plainTime = Temporal.PlainTime.from(clock === '' ? '00:00' : clock.padStart(5, '0'));
    const on = (date: Temporal.PlainDate): number => date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
    const before = today.subtract({ days: 1 });
    if (day === 'yesterday') return on(before);
    if (day !== '') return on(day === 'today' ? today : Temporal.PlainDate.from(day));
    return on(today) <= nowMs ? on(today) : on(before);
  });
}

function attempt(read: () => number): number | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

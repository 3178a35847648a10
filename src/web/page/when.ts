/** Times in the zone of the host, with 24 hours: the page says the same clock time as the terminal and the mail. */

const made = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = made.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options });
  made.set(key, known);
  return known;
}

/** "02:14". */
export function hourMinute(ms: number, zone: string): string {
  return format(zone, { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** "02:14:31" for the last 24 hours, "3 Nov 02:14" before. */
export function near(ms: number, nowMs: number, zone: string): string {
  if (nowMs - ms < 86_400_000)
    return format(zone, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(ms);
  return `${format(zone, { day: 'numeric', month: 'short' }).format(ms)} ${hourMinute(ms, zone)}`;
}

/** "3 Nov" or, of today, "02:14"; with the year when it is another one. */
export function since(ms: number, nowMs: number, zone: string): string {
  if (ms === 0) return '';
  if (nowMs - ms < 20 * 3_600_000) return hourMinute(ms, zone);
  const year = format(zone, { year: 'numeric' });
  const other = year.format(ms) !== year.format(nowMs);
  return format(zone, { day: 'numeric', month: 'short', ...(other ? { year: 'numeric' } : {}) }).format(ms);
}

/** For the attribute of <time>. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

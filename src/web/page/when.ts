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

/** "21 Nov". */
export function dayMonth(ms: number, zone: string): string {
  return format(zone, { day: 'numeric', month: 'short' }).format(ms);
}

/** "02:14", "02:14:31" or "02:14:31.5": as fine as steps of `stepMs` need it. */
export function clock(ms: number, zone: string, stepMs: number): string {
  const minutes = { hour: '2-digit', minute: '2-digit' } as const;
  if (stepMs >= 60_000) return format(zone, minutes).format(ms);
  const fine = stepMs < 1000 ? ({ fractionalSecondDigits: 1 } as const) : {};
  return format(zone, { ...minutes, second: '2-digit', ...fine }).format(ms);
}

/** What the zone is ahead of UTC at that time. */
export function offsetMs(ms: number, zone: string): number {
  const part = format(zone, { timeZoneName: 'longOffset' })
    .formatToParts(ms)
    .find(({ type }) => type === 'timeZoneName');
  const [, sign = '+', hours = '0', minutes = '0'] = /^GMT([+-])(\d{2}):(\d{2})/.exec(part?.value ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** "1 h 59 min", "42 min", "38 s", "6 d 4 h": how long something still lasts. */
export function lasting(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

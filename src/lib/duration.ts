/** Durations as people write them in settings and read them in words: "10 min", "8 h", "250 ms". */

const UNITS: readonly (readonly [name: string, ms: number, others: readonly string[]])[] = [
  ['w', 604_800_000, ['week', 'weeks']],
  ['d', 86_400_000, ['day', 'days']],
  ['h', 3_600_000, ['hour', 'hours']],
  ['min', 60_000, ['minute', 'minutes', 'm']],
  ['s', 1000, ['sec', 'second', 'seconds']],
  ['ms', 1, ['millisecond', 'milliseconds']],
];

const MAX_MS = 100 * 366 * 86_400_000;
const PART = /\s*(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]+)/y;

/** Milliseconds of "10 min", "1.5 h" or "1 h 30 min" (ms, s, min, h, d, w); undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '0') return 0;
  let totalMs = 0;
  let lastMs = Number.POSITIVE_INFINITY;
  let at = 0;
  while (at < wanted.length) {
    PART.lastIndex = at;
    const [whole, number, word] = PART.exec(wanted) ?? [];
    const unit = UNITS.find(([name, , others]) => name === word || others.includes(word ?? ''));
    // Each unit once and in falling order: "5 min 5 min" is a slip of the pen, not ten minutes.
    if (whole === undefined || !unit || unit[1] >= lastMs) return undefined;
    totalMs += Number(number) * unit[1];
    lastMs = unit[1];
    at += whole.length;
  }
  return at === 0 || totalMs > MAX_MS ? undefined : Math.round(totalMs);
}

/** The two greatest units: "8 h", "1 h 30 min", "12 s", "250 ms"; `parseDuration` reads it back, rounded. */
export function formatDuration(ms: number): string {
  const units = UNITS.filter(([name]) => name !== 'w');
  const first = units.findIndex(([, unitMs]) => ms >= unitMs);
  const [name, unitMs] = units[first] ?? ['ms', 1];
  const [smaller, smallerMs] = units[first + 1] ?? ['ms', 1];
  if (first === -1 || unitMs <= 1000) return `${Math.floor(ms / unitMs)} ${name}`;
  const rest = Math.floor((ms % unitMs) / smallerMs);
  const whole = `${Math.floor(ms / unitMs)} ${name}`;
  return rest > 0 ? `${whole} ${rest} ${smaller}` : whole;
}

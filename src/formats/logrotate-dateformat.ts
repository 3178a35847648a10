/** The dates that `dateformat` puts into names of rotated logs: writing, finding and ordering them. */

const NUMBER = '[0-9]';

/** Letters that are replaced, with the glob(7) pattern of what they become; all others stay as they are written. */
const LETTERS: Readonly<Record<string, string>> = {
  Y: NUMBER.repeat(4),
  G: NUMBER.repeat(4),
  m: NUMBER.repeat(2),
  d: NUMBER.repeat(2),
  H: NUMBER.repeat(2),
  M: NUMBER.repeat(2),
  S: NUMBER.repeat(2),
  V: NUMBER.repeat(2),
  U: NUMBER.repeat(2),
  W: NUMBER.repeat(2),
  y: NUMBER.repeat(2),
  g: NUMBER.repeat(2),
  j: NUMBER.repeat(3),
  u: NUMBER,
  w: NUMBER,
  s: NUMBER.repeat(10),
  z: `[-+]${NUMBER.repeat(4)}`,
};

const DAY_MS = 86_400_000;

function parts(format: string): readonly { readonly letter?: string; readonly literal: string }[] {
  return [...format.matchAll(/%([A-Za-z])|[\s\S]/g)].map(([literal, letter]) =>
    letter !== undefined && LETTERS[letter] !== undefined ? { letter, literal } : { literal },
  );
}

/** `format` with its letters replaced, in local time. */
export function formatDate(format: string, when: Date): string {
  return parts(format)
    .map(({ letter, literal }) => (letter === undefined ? literal : field(letter, when)))
    .join('');
}

/** A glob(7) pattern of names that `formatDate` may give; other characters stand as they are. */
export function datePattern(format: string): string {
  return parts(format)
    .map(({ letter, literal }) => (letter === undefined ? literal : (LETTERS[letter] ?? '')))
    .join('');
}

function field(letter: string, when: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const writers: Readonly<Record<string, () => string>> = {
    Y: () => String(when.getFullYear()).padStart(4, '0'),
    y: () => two(when.getFullYear() % 100),
    m: () => two(when.getMonth() + 1),
    d: () => two(when.getDate()),
    H: () => two(when.getHours()),
    M: () => two(when.getMinutes()),
    S: () => two(when.getSeconds()),
    s: () => String(Math.floor(when.getTime() / 1000)),
    z: () => zone(-when.getTimezoneOffset()),
    j: () => String(dayOfYear(when) + 1).padStart(3, '0'),
    w: () => String(when.getDay()),
    u: () => String(when.getDay() === 0 ? 7 : when.getDay()),
    U: () => two(Math.floor((dayOfYear(when) + 7 - when.getDay()) / 7)),
    W: () => two(Math.floor((dayOfYear(when) + 7 - ((when.getDay() + 6) % 7)) / 7)),
    V: () => two(isoWeek(when).week),
    G: () => String(isoWeek(when).year).padStart(4, '0'),
    g: () => two(isoWeek(when).year % 100),
  };
  return writers[letter]?.() ?? '';
}

function zone(minutes: number): string {
  const away = Math.abs(minutes);
  const text = String(Math.floor(away / 60) * 100 + (away % 60)).padStart(4, '0');
  return (minutes < 0 ? '-' : '+') + text;
}

function dayOfYear(when: Date): number {
  const year = when.getFullYear();
  return Math.round((Date.UTC(year, when.getMonth(), when.getDate()) - Date.UTC(year, 0, 1)) / DAY_MS);
}

/** ISO 8601: the week belongs to the year that holds its Thursday. */
function isoWeek(when: Date): { readonly year: number; readonly week: number } {
  const noon = new Date(Date.UTC(when.getFullYear(), when.getMonth(), when.getDate()));
  noon.setUTCDate(noon.getUTCDate() + 4 - (noon.getUTCDay() || 7));
  const year = noon.getUTCFullYear();
  return { year, week: Math.floor((noon.getTime() - Date.UTC(year, 0, 1)) / DAY_MS / 7) + 1 };
}

const ORDER = 'sYGygjmVUWdHMS';
const SORTED_AS: Readonly<Record<string, string>> = { G: 'Y', y: 'Y', g: 'Y', U: 'V', W: 'V' };

/**
 * Names from oldest to newest, by the date that stands in each after `prefixLength` characters. A name without such a
 * date sorts by its text; so do two of the same date.
 */
export function sortByDate(names: readonly string[], prefixLength: number, format: string): string[] {
  const wanted = parts(format);
  const letters = wanted.flatMap(({ letter }) => letter ?? []);
  const pattern = new RegExp(
    `^${wanted
      .map(({ letter, literal }) =>
        letter === undefined ? literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : `(${LETTERS[letter]})`,
      )
      .join('')}`,
  );
  const keyed = names.map((name) => ({ name, key: sortKey(pattern.exec(name.slice(prefixLength)), letters) }));
  keyed.sort((a, b) => compareText(a.key, b.key) || compareText(a.name, b.name));
  return keyed.map(({ name }) => name);
}

function sortKey(found: RegExpExecArray | null, letters: readonly string[]): string {
  if (found === null) return '';
  const fields = new Map<string, string>();
  letters.forEach((letter, index) => {
    const text = found[index + 1] ?? '';
    const century = letter === 'y' || letter === 'g' ? (Number(text) < 69 ? '20' : '19') : '';
    fields.set(SORTED_AS[letter] ?? letter, century + text);
  });
  return ORDER.split('')
    .map((letter) => fields.get(letter) ?? '')
    .join('.');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

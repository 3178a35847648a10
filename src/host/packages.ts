/** The package database of Debian and its kin: who ships a file, and whether it still is as shipped. */

import { dirname, resolve } from 'node:path';
import { parseDiversions, parseMd5sums, withoutArch } from '#formats/dpkg.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { crypto } from '#lib/lean-crypto.ts';
import { type Clock, type FileStat, type Files, isFailure, type Packages } from '#model/host.ts';
import { lineDigest, PackageLists } from './package-lists.ts';
import { type LockQuestion, openPackageRun } from './package-run.ts';

const INFO = '/var/lib/dpkg/info';
const STATUS = '/var/lib/dpkg/status';
const LIST = '.list';
/** Whether the database changed is asked at most this often. */
const CHECK_MS = 200;
/** Answers kept; the oldest goes. */
const MAX_ANSWERS = 4096;
const MAX_SUMS_BYTES = 32 << 20;
const MAX_FILE_BYTES = 64 << 20;
/** Directories that a merged /usr makes one: /bin is a link to /usr/bin. */
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

const USUAL = new Set([
  'usr',
  'bin',
  'sbin',
  'lib',
  'libexec',
  'local',
  'opt',
  'x86_64-linux-gnu',
  'aarch64-linux-gnu',
]);

interface Answer {
  /** Name of the list without ".list", e.g. "openssl:amd64"; "" when no package ships it. */
  readonly list: string;
  /** As the package calls it: "/bin/su" for /usr/bin/su. */
  readonly as: string;
}

/** Opens the database lazily: nothing is read before the first question. Works on live and on captured files alike. */
export function openPackages(
  files: Files,
  clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
  isLocked?: LockQuestion,
): Packages {
  const database = new Database(files, clock);
  return {
    ownerOf: (path) => withoutArch(database.find(path).list),
    verify: (path) => database.verify(path),
    shipped: (name) => database.shipped(name),
    run: openPackageRun(files, clock, isLocked),
  };
}

class Database {
  readonly #files: Files;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #texts: PackageLists;
  #lists: readonly string[] = [];
  #answers = new BoundedMap<string, Answer>(MAX_ANSWERS);
  #verified = new BoundedMap<string, 'same' | 'differs'>(MAX_ANSWERS);
  #diverted = new Map<string, { readonly from: string; readonly by: string }>();
  #diverters = new Map<string, string>();
  #aliased = new Set<string>();
  #stamp = '';
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(files: Files, clock: Pick<Clock, 'monotonicMs'>) {
    this.#files = files;
    this.#clock = clock;
    this.#texts = new PackageLists(files);
  }

  find(path: string): Answer {
    this.#refresh();
    const known = this.#answers.get(path);
    if (known !== undefined) return known;
    const answer = this.#search(path);
    this.#answers.set(path, answer);
    return answer;
  }

  verify(path: string): 'same' | 'differs' | 'unknown' {
    const answer = this.find(path);
    const stat = answer.list === '' ? undefined : this.#files.stat(path);
    if (stat === undefined || isFailure(stat)) return 'unknown';
    return stat.type === 'symlink' ? this.#verifyLink(path, answer.list) : this.#verifyFile(path, stat, answer);
  }

  #verifyFile(path: string, stat: FileStat, { list, as }: Answer): 'same' | 'differs' | 'unknown' {
    if (stat.type !== 'file' || stat.sizeBytes > MAX_FILE_BYTES) return 'unknown';
    const sums = this.#files.read(`${INFO}/${list}.md5sums`, MAX_SUMS_BYTES);
    const md5 = (isFailure(sums) ? undefined : md5Of(sums, as)) ?? this.#conffileMd5(as);
    if (md5 === undefined) return 'unknown';
    const key = `${path}\0${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes} ${md5}`;
    const known = this.#verified.get(key);
    if (known !== undefined) return known;
    const content = this.#files.read(path, MAX_FILE_BYTES);
    if (isFailure(content)) return 'unknown';
    const verdict = crypto().createHash('md5').update(content).digest('hex') === md5 ? 'same' : 'differs';
    this.#verified.set(key, verdict);
    return verdict;
  }

  /**
   * No sum is kept of where a link leads. One that leads from a path of a package to a file of the same package that is as
   * shipped does nothing that the package does not do.
   */
  #verifyLink(path: string, list: string): 'same' | 'unknown' {
    const target = this.#files.readlink(path);
    if (isFailure(target)) return 'unknown';
    const file = resolve(dirname(path), target);
    const shipped = this.find(file);
    if (shipped.list !== list || file === path) return 'unknown';
    const stat = this.#files.stat(file);
    const isSame = !isFailure(stat) && this.#verifyFile(file, stat, shipped) === 'same';
    return isSame ? 'same' : 'unknown';
  }

  /**
   * Settings have their sum in the status file (" /etc/crontab <md5>"), as the package shipped them; while dpkg installs
   * them it says "newconffile" there.
   */
  #conffileMd5(path: string): string | undefined {
    const status = this.#files.read(STATUS, MAX_SUMS_BYTES);
    if (isFailure(status)) return undefined;
    const start = `\n ${path} `;
    const at = status.indexOf(start);
    if (at < 0) return undefined;
    const from = at + Buffer.byteLength(start);
    const md5 = status.toString('latin1', from, from + 32);
    return /^[0-9a-f]{32}$/.test(md5) ? md5 : undefined;
  }

  shipped(name: string): readonly string[] {
    this.#refresh();
    const list = this.#lists.find((candidate) => withoutArch(candidate) === name);
    const sums = list === undefined ? undefined : this.#files.read(`${INFO}/${list}.md5sums`, MAX_SUMS_BYTES);
    if (sums === undefined || isFailure(sums)) return [];
    return parseMd5sums(sums.toString('utf8')).rows.map(({ path }) => path);
  }

  /** Asks for the time stamps of the database; after a change all answers are asked for anew. */
  #refresh(): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#checkedMs < CHECK_MS) return;
    this.#checkedMs = nowMs;
    const stamp = `${this.#stampOf(STATUS)} ${this.#stampOf(INFO)}`;
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    const names = this.#files.list(INFO);
    this.#lists = isFailure(names) ? [] : names.filter((name) => name.endsWith(LIST)).map(withoutEnding);
    this.#texts.refresh(this.#lists);
    this.#answers = new BoundedMap(MAX_ANSWERS);
    this.#readDiversions();
    this.#aliased = new Set(MERGED.filter((name) => !isFailure(this.#files.readlink(`/${name}`))));
  }

  #readDiversions(): void {
    const text = this.#files.read('/var/lib/dpkg/diversions');
    const { rows } = isFailure(text) ? { rows: [] } : parseDiversions(text.toString('utf8'));
    this.#diverted = new Map(rows.map(({ from, to, by }) => [to, { from, by }]));
    this.#diverters = new Map(rows.map(({ from, by }) => [from, by]));
  }

  #search(path: string): Answer {
    // Lists have one path a line, so a name with a newline would match two of them.
    if (!path.startsWith('/') || path.includes('\n')) return { list: '', as: path };
    const names = this.#namesOf(this.#diverted.get(path)?.from ?? path);
    const digests = names.map(lineDigest);
    const lineIn = lineFinder(names);
    const readsAll = this.#texts.begin();
    for (const list of readsAll ? this.#lists : this.#byLikelihood(path)) {
      const text = this.#mayShip(list, path) ? this.#texts.textWith(list, digests) : undefined;
      const as = text && lineIn(text);
      if (as !== undefined) return { list, as };
    }
    return { list: '', as: path };
  }

  /** A path that was moved aside is not its mover's; the place that it left is only its mover's. */
  #mayShip(list: string, path: string): boolean {
    const movedBy = this.#diverted.get(path)?.by;
    if (movedBy !== undefined && withoutArch(list) === movedBy) return false;
    const mover = this.#diverters.get(path);
    return mover === undefined || withoutArch(list) === mover;
  }

  /** The path, and its other name where /usr is merged. */
  #namesOf(path: string): string[] {
    const [, first = '', second = ''] = path.split('/', 3);
    if (first === 'usr' && this.#aliased.has(second)) return [path, path.slice(4)];
    return this.#aliased.has(first) ? [path, `/usr${path}`] : [path];
  }

  /** Packages called like the program come first, then what is in memory, then the rest: the search ends at a hit. */
  *#byLikelihood(path: string): Generator<string> {
    const stems = stemsOf(path);
    const alike = new Set(this.#lists.filter((name) => stems.some((stem) => name.includes(stem))));
    yield* alike;
    const known = [...this.#texts.fresh].filter((name) => !alike.has(name));
    yield* known;
    const others = new Set([...alike, ...known]);
    for (const name of this.#lists) if (!others.has(name)) yield name;
  }

  #stampOf(path: string): string {
    const stat = this.#files.stat(path);
    return isFailure(stat) ? stat.error : `${stat.mtimeMs} ${stat.inode} ${stat.sizeBytes}`;
  }
}

const NEWLINE = 0x0a;

/**
 * Finds which of these names is a line of a list. They are one name with and without "/usr", so a search for the shorter
 * one finds both; what only ends like it is no hit.
 */
function lineFinder(names: readonly string[]): (text: Buffer) => string | undefined {
  const wanted = names.map((name) => ({ name, bytes: Buffer.from(name, 'utf8') }));
  const shortest = wanted.reduce((a, b) => (b.bytes.length < a.bytes.length ? b : a));
  const needle = Buffer.from(`${shortest.name}\n`, 'utf8');
  const lineFrom = (text: Buffer, end: number): string | undefined => {
    const line = text.subarray(text.lastIndexOf(NEWLINE, end - 1) + 1, end);
    return wanted.find(({ bytes }) => bytes.equals(line))?.name;
  };
  return (text) => {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      const found = lineFrom(text, at + needle.length - 1);
      if (found !== undefined) return found;
    }
    // A damaged last line has no newline behind it.
    return text.length > 0 && text[text.length - 1] !== NEWLINE ? lineFrom(text, text.length) : undefined;
  };
}

/** "/usr/lib/postfix/sbin/master" → "postfix", "master": what its package may be called. A final "d" is for daemon. */
function stemsOf(path: string): string[] {
  const parts = path
    .split('/')
    .slice(-5)
    .filter((part) => part.length > 2 && !USUAL.has(part));
  return parts.map((part) => (/^[a-z]{3,}[0-9]?/i.exec(part)?.[0] ?? part).toLowerCase().replace(/(?<=...)d$/, ''));
}

function withoutEnding(name: string): string {
  return name.slice(0, -LIST.length);
}

function md5Of(sums: Buffer, path: string): string | undefined {
  // One search instead of reading each line: a package may ship thousands of files.
  const at = sums.indexOf(`  ${path.slice(1)}\n`);
  if (at < 32) return undefined;
  return parseMd5sums(sums.toString('utf8', at - 32, at + path.length + 2)).rows[0]?.md5;
}

/**
 * One look at the files of all families. What a file says is kept while its inode, ctime, size, owner and mode stand, so
 * that a look in which nothing changed costs one stat a file.
 */

import { parsePasswd } from '#formats/passwd.ts';
import { textOf } from '#lib/text-of.ts';
import type { Gap } from '#model/gap.ts';
import { type Failure, type FileStat, type Host, isFailure } from '#model/host.ts';
import { digestOf, type Entry, withAdded } from './entry.ts';
import type { KeptFamily, KeptFile, KeptProgram, Memo } from './memo.ts';

/** An account with a home that is there. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

/** A file as it was found. */
export interface Found {
  readonly path: string;
  /** Of the file itself, or of what the link leads to. */
  readonly stat: FileStat;
  /** What a link says, "" where it is none. */
  readonly link: string;
  /** The path behind all links. */
  readonly real: string;
  /** Why it cannot be read as a file: a link to nothing, a FIFO, too large; "" where it can. */
  readonly problem: string;
  readonly text: string;
}

/** Files larger than this are told as a problem. */
const MAX_FILE_BYTES = 2 << 20;
/** Names in one folder, entries in one file, homes: beyond it is a gap. */
const MAX_PROGRAM_BYTES = 1 << 20;
const MAX_NAMES = 4000;
const MAX_ENTRIES = 500;
const MAX_HOMES = 1000;
const MAX_LINKS = 8;
const MAX_STARTERS = 16;
/** Homes that are none: their files would be those of the system. */
const NO_HOMES = new Set([
  '',
  '/',
  '/nonexistent',
  '/bin',
  '/sbin',
  '/usr/sbin',
  '/usr/bin',
  '/dev',
  '/proc',
  '/sys',
  '/run',
  '/etc',
]);

export class Reading {
  readonly host: Host;
  readonly gaps: Gap[] = [];
  readonly entries: Entry[] = [];
  readonly accounts: readonly Account[];
  readonly users: ReadonlyMap<string, number>;
  /** Changes when an account does: part of what entries that name users depend on. */
  readonly usersStamp: string;
  readonly #starters = new Map<string, Set<string>>();
  readonly #memo: Pick<Memo, 'users'>;
  readonly #stats = new Map<string, FileStat | Failure>();
  #before: ReadonlyMap<string, KeptFile> | undefined;
  #after = new Map<string, KeptFile>();

  constructor(host: Host, memo: Pick<Memo, 'users'>) {
    this.host = host;
    this.#memo = memo;
    const { list, stamp } = this.#readUsers();
    this.users = new Map(list.map(({ name, uid }) => [name, uid]));
    this.usersStamp = stamp;
    this.accounts = this.#homesOf(list);
  }

  /** Begins with a family: what is gathered from here on is its own. Files that it does not come across are forgotten. */
  begin(before: KeptFamily | undefined): Omit<KeptFamily, 'rows' | 'gaps'> {
    this.gaps.length = 0;
    this.entries.length = 0;
    this.#starters.clear();
    this.#before = before?.files;
    this.#after = new Map();
    return {
      files: this.#after,
      owners: before?.owners ?? new Map<string, string>(),
      programs: new Map(before?.programs),
    };
  }

  /** lstat, asked once a look. */
  stat(path: string): FileStat | Failure {
    let stat = this.#stats.get(path);
    if (stat === undefined) {
      stat = this.host.files.stat(path);
      this.#stats.set(path, stat);
    }
    return stat;
  }

  /** Sorted names in a folder; none when it is not there, and a gap when it cannot be listed. */
  names(folder: string): readonly string[] {
    const names = this.host.files.list(folder);
    if (isFailure(names)) {
      if (names.error !== 'ENOENT' && names.error !== 'ENOTDIR') this.#gap(folder, names.error);
      return [];
    }
    if (names.length <= MAX_NAMES) return [...names].sort();
    this.#gap(folder, `more than ${MAX_NAMES} names: the rest is not looked at`);
    return [...names].sort().slice(0, MAX_NAMES);
  }

  /** The first look believes: holding everything against its sums is the affair of other checks. */
  #shipped(path: string): string {
    if (this.#before === undefined) return '';
    const verdict = this.host.packages.verify(path);
    return verdict === 'unknown' ? '' : verdict;
  }

  /** The digest of a program, read again only when it changed; "" for what is no file, or too large. */
  programDigest(path: string, programs: Map<string, KeptProgram>): string {
    const end = this.#follow(path);
    if (end === undefined || isFailure(end.stat)) {
      // It is heard of when it comes.
      programs.set(path, { stamp: '', digest: '' });
      return '';
    }
    if (end.stat.type !== 'file') return '';
    const stamp = stampOf(end.stat);
    const known = programs.get(path);
    if (known?.stamp === stamp) return known.digest;
    const bytes = this.host.files.read(end.real, MAX_PROGRAM_BYTES);
    const digest = isFailure(bytes) ? '' : digestOf(bytes);
    programs.set(path, { stamp, digest });
    return digest;
  }

  /** Is something there that is a folder, also through a link? */
  isFolder(path: string): boolean {
    const end = this.#follow(path);
    return end !== undefined && !isFailure(end.stat) && end.stat.type === 'directory';
  }

  isThere(path: string): boolean {
    return !isFailure(this.stat(path));
  }

  /**
   * Entries of one file. `make` is asked again only when the file, or `depends`, has changed; nothing is there when the
   * file is not.
   */
  read(path: string, make: (file: Found) => readonly Entry[], depends = ''): readonly Entry[] {
    const end = this.#follow(path);
    if (end === undefined) return [];
    const { stat, link, real } = end;
    const stamp = `${depends}\0${stampOf(stat)}\0${link}\0${real}`;
    const known = this.#before?.get(path);
    if (known?.stamp === stamp) {
      this.#after.set(path, known);
      return this.#take(path, known.entries);
    }
    const found = this.#load(path, end);
    if (found === undefined) return [];
    const before = new Map(known?.entries.map((entry) => [`${entry.kind}\0${entry.name}`, entry]));
    const shipped = this.#shipped(path);
    const entries = make(found).map((entry) => {
      const linked = { ...entry, shipped, link: entry.link === '' ? link : entry.link };
      return withAdded(linked, before.get(`${entry.kind}\0${entry.name}`));
    });
    this.#after.set(path, { stamp, entries });
    return this.#take(path, entries);
  }

  /** Notes that `by` starts the unit (scope and name); without `by` says which do. */
  startedBy(unit: string, by?: string): readonly string[] {
    const starters = this.#starters.get(unit) ?? new Set();
    if (by !== undefined) this.#starters.set(unit, starters.add(by));
    return [...starters].slice(0, MAX_STARTERS);
  }

  #take(path: string, entries: readonly Entry[]): readonly Entry[] {
    if (entries.length > MAX_ENTRIES) this.#gap(path, `more than ${MAX_ENTRIES} entries: the rest is not compared`);
    const taken = entries.slice(0, MAX_ENTRIES);
    this.entries.push(...taken);
    return taken;
  }

  #load(path: string, { stat, link, real }: End): Found | undefined {
    const plain = { path, link, real, text: '' };
    if (isFailure(stat)) {
      if (stat.error === 'ENOENT' || stat.error === 'ELOOP')
        return { ...plain, stat: NO_STAT, problem: `a link to "${link}", which leads nowhere` };
      this.#gap(path, stat.error);
      return undefined;
    }
    if (stat.type === 'directory') return { ...plain, stat, problem: 'a folder stands where a file should' };
    if (stat.type !== 'file') {
      // /dev/null masks a unit.
      return { ...plain, stat, problem: real === '/dev/null' ? 'it leads to /dev/null' : 'it is no ordinary file' };
    }
    const bytes = this.host.files.read(real, MAX_FILE_BYTES);
    if (!isFailure(bytes)) return { ...plain, stat, problem: '', text: textOf(bytes) };
    if (bytes.error === 'EFBIG') return { ...plain, stat, problem: 'it is too large to be read' };
    if (bytes.error !== 'ENOENT') this.#gap(path, bytes.error);
    return undefined;
  }

  #gap(what: string, why: string): void {
    if (!this.gaps.some((gap) => gap.what === what)) this.gaps.push({ what, why });
  }

  /** Follows links by hand, because stat() does not: undefined where nothing is there. */
  #follow(path: string): End | undefined {
    let stat = this.stat(path);
    if (isFailure(stat) && (stat.error === 'ENOENT' || stat.error === 'ENOTDIR')) return undefined;
    let real = path;
    let link = '';
    for (let count = 0; !isFailure(stat) && stat.type === 'symlink'; count += 1) {
      const target = this.host.files.readlink(real);
      if (isFailure(target)) return { stat: target, link, real };
      link ||= target;
      if (count === MAX_LINKS) return { stat: { error: 'ELOOP', path }, link, real };
      real = resolved(real, target);
      stat = this.stat(real);
    }
    return { stat, link, real };
  }

  #readUsers(): Memo['users'] {
    const stat = this.stat('/etc/passwd');
    const stamp = isFailure(stat) ? stat.error : stampOf(stat);
    if (this.#memo.users.stamp === stamp) return this.#memo.users;
    const bytes = this.host.files.read('/etc/passwd');
    if (isFailure(bytes)) {
      if (bytes.error !== 'ENOENT') this.#gap('/etc/passwd', bytes.error);
      return this.#memo.users;
    }
    this.#memo.users = { stamp, list: parsePasswd(textOf(bytes)).rows };
    return this.#memo.users;
  }

  #homesOf(users: Memo['users']['list']): readonly Account[] {
    const homes = new Map<string, Account>();
    for (const user of users) {
      const home = user.home.replace(/\/+$/, '');
      if (NO_HOMES.has(home) || !home.startsWith('/') || homes.has(home) || !this.isFolder(home)) continue;
      if (homes.size >= MAX_HOMES) {
        this.#gap('homes of accounts', `more than ${MAX_HOMES}: start files of the others are not looked at`);
        break;
      }
      homes.set(home, { name: user.name, uid: user.uid, home });
    }
    return [...homes.values()];
  }
}

interface End {
  readonly stat: FileStat | Failure;
  readonly link: string;
  readonly real: string;
}

const NO_STAT: FileStat = { type: 'other', mode: 0, uid: 0, gid: 0, sizeBytes: 0, mtimeMs: 0, ctimeMs: 0, inode: 0 };

function stampOf(stat: FileStat | Failure): string {
  if (isFailure(stat)) return stat.error;
  return `${stat.type} ${stat.inode} ${stat.ctimeMs} ${stat.sizeBytes} ${stat.uid} ${stat.mode}`;
}

/** Where a link leads, by its text alone: "." and ".." are taken out. */
export function resolved(from: string, target: string): string {
  const start = target.startsWith('/') ? target : `${from.slice(0, from.lastIndexOf('/'))}/${target}`;
  const parts: string[] = [];
  for (const part of start.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

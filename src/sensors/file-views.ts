/**
 * Two views of files: what file events told to be there, and what its folder lists. A rootkit takes names out of
 * listings (getdents64) and leaves them to be opened by whoever knows them. See docs/decisions/0190-two-views.md.
 */

import { posix } from 'node:path';
import { BoundedMap } from '#lib/bounded-map.ts';
import { type FileStat, type Host, isFailure } from '#model/host.ts';

/** Names that wait to be looked for; while a package is unpacked the oldest are not. */
const MAX_NAMES = 512;
/** Folders that are read in one look; the rest waits for the next. */
const MAX_FOLDERS = 32;
/** What is made and taken away at once is not looked for. */
const SETTLED_MS = 1000;
/** Lookups that a listing must miss, in looks of their own. */
const PATIENT_LOOKS = 2;

interface Heard {
  readonly sinceMs: number;
  readonly atMs: number;
  /** The file as it was when its folder first did not list it, and how many looks that is true of. */
  missing?: { readonly stat: FileStat; looks: number };
}

/** A file that stands and is not listed. */
export interface Unlisted {
  readonly path: string;
  /** When the event told of it. */
  readonly sinceMs: number;
}

export class FileViews {
  readonly #host: Host;
  readonly #heard = new BoundedMap<string, Heard>(MAX_NAMES);

  constructor(host: Host) {
    this.#host = host;
  }

  /** A name appeared in a folder. */
  heard(path: string, timeMs: number): void {
    if (!this.#heard.has(path)) this.#heard.set(path, { sinceMs: timeMs, atMs: this.#host.clock.monotonicMs() });
  }

  /** Looks for what was heard; gives what was missing in two looks and was the same file all the time. */
  look(): Unlisted[] {
    const nowMs = this.#host.clock.monotonicMs();
    const folders = new Map<string, readonly string[]>();
    const found: Unlisted[] = [];
    for (const [path, heard] of this.#heard.entries()) {
      const folder = posix.dirname(path);
      if (nowMs - heard.atMs < SETTLED_MS || (folders.size >= MAX_FOLDERS && !folders.has(folder))) continue;
      const before = this.#host.files.stat(path);
      if (!folders.has(folder) || heard.missing !== undefined) folders.set(folder, this.#names(folder));
      if (!this.#isMissing(path, before, folders.get(folder))) this.#heard.delete(path);
      else if (this.#again(heard, before as FileStat)) found.push({ path, sinceMs: heard.sinceMs });
    }
    return found;
  }

  /** It stood before and after its folder was read, and is not in it. */
  #isMissing(path: string, before: ReturnType<Host['files']['stat']>, names: readonly string[] = []): boolean {
    const name = posix.basename(path);
    if (isFailure(before) || names.length === 0 || names.includes(name)) return false;
    if (names.some((other) => plain(other) === plain(name))) return false;
    const after = this.#host.files.stat(path);
    return !isFailure(after) && isSame(before, after);
  }

  #again(heard: Heard, stat: FileStat): boolean {
    const { missing } = heard;
    if (missing === undefined || !isSame(missing.stat, stat)) {
      heard.missing = { stat, looks: 1 };
      return false;
    }
    missing.looks += 1;
    return missing.looks >= PATIENT_LOOKS;
  }

  /** "." stands for "it could be read": an empty folder is no unreadable one. */
  #names(folder: string): readonly string[] {
    const names = this.#host.files.list(folder);
    return isFailure(names) ? [] : ['.', ...names];
  }
}

/** Where names are compared without case, or in another normal form (vfat, casefold), they are equal all the same. */
function plain(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** A lock that is made again and again is another file each time. */
function isSame(a: FileStat, b: FileStat): boolean {
  return a.inode === b.inode && a.ctimeMs === b.ctimeMs && a.type === b.type;
}

const views = new WeakMap<Host, FileViews>();

/** The views of a host; the listener and the sensor share them. */
export function fileViewsOf(host: Host): FileViews {
  const known = views.get(host);
  if (known !== undefined) return known;
  const made = new FileViews(host);
  views.set(host, made);
  return made;
}

/**
 * Marks folder by folder, where no mark on the whole file system is to be had: an overlay without nfs_export, or inotify.
 * New folders are marked as they appear; what was made in them before that is told as created.
 */

import { type Dirent, readdirSync } from 'node:fs';
import { isWithin } from './mounts.ts';
import type { Interest } from './watch-tree.ts';

/** Marks one folder; an errno name where it is refused. The key is what events will carry. */
export interface Marker {
  mark(folder: string): { readonly key: string } | { readonly error: string };
  /** The key of a marked folder as it is now: an overlay gives a folder another handle when it is first written to. */
  keyOf(folder: string): string | undefined;
  unmark(key: string): void;
  /** Folders that may be marked; each costs the kernel about a kilobyte. */
  readonly most: number;
}

export interface FolderMarksParts {
  readonly marker: Marker;
  interestIn(folder: string): Pick<Interest<unknown>, 'whole' | 'names'> | undefined;
  /** Another file system begins there. */
  isMountPoint(folder: string): boolean;
  monotonicMs(): number;
}

/** Of the folders that may be marked, those deep in a tree that is wanted whole take at most this share. */
const DEEP_SHARE = 0.75;
/** Keys are asked for anew at most this often, and in one part of so many of the time. */
const RELEARN_MS = 250;
const RELEARN_SHARE = 10;

export class FolderMarks {
  readonly #parts: FolderMarksParts;
  readonly #folders = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  #relearnMs = Number.NEGATIVE_INFINITY;
  /** Where marking began, and why not everything below is marked; "" when it is. */
  readonly #incomplete = new Map<string, string>();

  constructor(parts: FolderMarksParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#folders.size;
  }

  /** Undefined for what was never marked, or has another key by now. */
  folderOf(key: string): string | undefined {
    return this.#folders.get(key);
  }

  /** Asks for the keys of all folders anew; false when that was done a moment ago. */
  relearn(): boolean {
    const nowMs = this.#parts.monotonicMs();
    if (nowMs < this.#relearnMs) return false;
    for (const folder of this.#keys.keys()) {
      const now = this.#parts.marker.keyOf(folder);
      if (now !== undefined) this.#set(folder, now);
    }
    const doneMs = this.#parts.monotonicMs();
    this.#relearnMs = doneMs + Math.max(RELEARN_MS, (doneMs - nowMs) * RELEARN_SHARE);
    return true;
  }

  /**
   * Marks the top folder of a mount alone, if somebody wants to hear of it; gives the errno name when it is refused.
   * `cover` is to follow.
   */
  start(folder: string): string {
    if (!this.#incomplete.has(folder)) this.#incomplete.set(folder, '');
    return this.#parts.interestIn(folder) === undefined ? '' : this.#mark(folder);
  }

  /** Why not every folder below that start is marked; "" when all are. */
  incomplete(start: string): string {
    return this.#incomplete.get(start) ?? '';
  }

  /**
   * Marks those folders and what is below them as far as somebody wants to hear of it. Gives the entries found below
   * folders that were not marked before, so that what was made in a new folder before its mark is not missed.
   */
  cover(starts: readonly string[]): readonly string[] {
    const found: string[] = [];
    const atStart = new Set(starts);
    const waiting = starts.filter(
      (folder) => this.#parts.interestIn(folder) === undefined || this.#mark(folder) === '',
    );
    const deep: string[] = [];
    // What somebody named comes first, then what is near the root: where not all can be marked, those deep down in a
    // tree that is wanted whole (/tmp, with somebody's 10,000 folders in it) are left out, and not /etc/apt.
    for (const { folder, isDeep } of firstThen(waiting, deep)) {
      const before = this.#keys.has(folder);
      const isStart = atStart.has(folder);
      if (!isStart && this.#mark(folder, isDeep ? DEEP_SHARE : 1) !== '') continue;
      for (const { path, isFolder, isNamed } of this.#wantedIn(folder)) {
        if (!before || isStart) found.push(path);
        if (isFolder && !this.#parts.isMountPoint(path)) (isNamed ? waiting : deep).push(path);
      }
    }
    return found;
  }

  /** `isNamed`: somebody asked for it, or for something in it, by name, and not only for a tree that it lies in. */
  *#wantedIn(
    folder: string,
  ): Generator<{ readonly path: string; readonly isFolder: boolean; readonly isNamed: boolean }> {
    const interest = this.#parts.interestIn(folder);
    if (interest === undefined) return;
    const whole = interest.whole.length > 0;
    for (const entry of entriesOf(folder)) {
      const path = folder === '/' ? `/${entry.name}` : `${folder}/${entry.name}`;
      const isNamed = interest.names.has(entry.name);
      if (whole || isNamed) yield { path, isFolder: entry.isDirectory(), isNamed };
    }
  }

  /** The folder is not there any more, or called otherwise. */
  drop(folder: string): void {
    for (const [path, key] of this.#keys) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      this.#parts.marker.unmark(key);
      this.#keys.delete(path);
      if (this.#folders.get(key) === path) this.#folders.delete(key);
    }
  }

  #mark(folder: string, share = 1): string {
    const { most } = this.#parts.marker;
    if (this.#keys.size >= most * share && !this.#keys.has(folder)) {
      this.#leave(folder, `more than ${most * share} folders`);
      return 'ENOSPC';
    }
    const marked = this.#parts.marker.mark(folder);
    if ('error' in marked) {
      // Gone while we walked, or no folder any more: then there is nothing to hear of.
      const gone = marked.error === 'ENOENT' || marked.error === 'ENOTDIR';
      if (!gone) this.#leave(folder, marked.error);
      return gone ? '' : marked.error;
    }
    this.#set(folder, marked.key);
    return '';
  }

  #leave(folder: string, why: string): void {
    let start = '';
    for (const one of this.#incomplete.keys()) if (isWithin(folder, one) && one.length > start.length) start = one;
    if (start !== '') this.#incomplete.set(start, why);
  }

  #set(folder: string, key: string): void {
    const old = this.#keys.get(folder);
    if (old !== undefined && old !== key) this.#folders.delete(old);
    // A map may be changed while it is walked: a key that is there already keeps its place.
    this.#keys.set(folder, key);
    this.#folders.set(key, folder);
  }
}

/** All of both, also what is put in meanwhile: one of `deep` only while `first` has nothing. */
function* firstThen(
  first: readonly string[],
  deep: readonly string[],
): Generator<{ readonly folder: string; readonly isDeep: boolean }> {
  let next = 0;
  let nextDeep = 0;
  for (;;) {
    const isDeep = next >= first.length;
    const folder = isDeep ? deep[nextDeep++] : first[next++];
    if (folder === undefined) return;
    yield { folder, isDeep };
  }
}

/** What cannot be listed has gone meanwhile, or is closed to us: then its mark is all there is. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

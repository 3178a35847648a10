/**
 * Finds for each mounted file system the best way to hear of changes in it: a fanotify mark on all of it, fanotify marks
 * folder by folder (overlay), inotify (no right to fanotify), or looking again and again.
 */

import { FILE_BIT } from '#formats/fanotify-record.ts';
import type { Mount } from '#formats/mountinfo.ts';
import type { Gap } from '#model/gap.ts';
import { Fanotify, type Place } from './fanotify.ts';
import { lastError } from './ffi.ts';
import { markFolder, placeOf } from './file-marks.ts';
import { FolderMarks, type Marker } from './folder-marks.ts';
import { Inotify } from './inotify.ts';
import { comesFromElsewhere, type Mounts, mountOf, mountsFor } from './mounts.ts';
import { mayStall } from './stalling-mounts.ts';
import type { Interest } from './watch-tree.ts';

/** Ways to hear, best first. */
export type Way = 'fanotify' | 'fanotify by folder' | 'inotify' | 'polling';

/** A folder of interest. `marks`: what has marked it, where it is marked by itself. */
export interface Watched<S> {
  readonly folder: string;
  readonly interest: Interest<S>;
  readonly marks: FolderMarks | undefined;
}

/** An event as the kernel told it; `name` is "." for the folder itself, bits of `mask` as in FILE_BIT. */
export interface RawEvent {
  readonly mask: number;
  readonly pid: number;
  readonly name: string;
}

export interface MarkWaysParts<S> {
  interestIn(folder: string): Interest<S> | undefined;
  onEvent(watched: Watched<S>, event: RawEvent): void;
  /** What stood in a new folder by the time it was marked; it may have been told already. */
  onFound(paths: readonly string[], pid: number): void;
  readonly onOverflow: () => void;
  /** All that was read has been given out. */
  readonly onRead: () => void;
  monotonicMs(): number;
  /** For tests: ways that are not to be tried. */
  readonly without: readonly Way[];
}

/** Folders marked one by one through fanotify: an overlay gives them new handles, which must be asked for again. */
const MAX_MARKED = 8192;
const LESS = 'Nothing to do: changes are heard, with less detail.';
const ROOT = 'Let the daemon run as root (CAP_SYS_ADMIN), outside of a container.';
const COMES = FILE_BIT.created | FILE_BIT.movedTo;
const GOES = FILE_BIT.movedFrom | FILE_BIT.deleted;

export class MarkWays<S> implements Disposable {
  readonly #parts: MarkWaysParts<S>;
  readonly #fanotify: Fanotify<Watched<S>> | string;
  readonly #byFanotify: FolderMarks | undefined;
  readonly #inotify: Inotify | string;
  readonly #byInotify: FolderMarks | undefined;
  /** Folders from which marking begins, until it has been done. */
  readonly #starts = new Map<FolderMarks, string[]>();
  /** Paths of which nothing tells. */
  #polled: readonly string[] = [];
  #points = new Set<string>();

  constructor(parts: MarkWaysParts<S>) {
    this.#parts = parts;
    this.#fanotify = this.#openFanotify();
    if (typeof this.#fanotify !== 'string') this.#byFanotify = this.#folderMarks(fanotifyMarker(this.#fanotify.group));
    this.#inotify = this.#openInotify();
    if (typeof this.#inotify !== 'string') this.#byInotify = this.#folderMarks(this.#inotify);
  }

  get by(): string {
    if (typeof this.#fanotify !== 'string') return 'fanotify';
    return typeof this.#inotify === 'string' ? 'polling' : 'inotify';
  }

  get polled(): readonly string[] {
    return this.#polled;
  }

  /** Marks what is not marked yet; gives what is blind or reduced. */
  mark(paths: Iterable<string>, mounts: Mounts, executed: boolean): Gap[] {
    this.#points = new Set(mounts.all.map(({ point }) => point));
    const gaps = new Map<string, Gap>();
    const polled: string[] = [];
    const chosen = new Map<string, { readonly mount: Mount; readonly way: Way }>();
    for (const path of paths) {
      for (const mount of mountsFor(mounts, path)) {
        const { way } = chosen.get(mount.device) ?? { way: this.#way(mount, mounts, executed) };
        if (!chosen.has(mount.device)) chosen.set(mount.device, { mount, way });
        if (way === 'polling') polled.push(path);
      }
    }
    this.#polled = polled;
    // All file systems at once: where there is no room for all folders, what is named in one comes before the depths of
    // another.
    for (const [marks, starts] of this.#starts) marks.cover(starts.splice(0));
    for (const { mount, way } of chosen.values()) for (const gap of this.#gapsOf(mount, way)) gaps.set(gap.what, gap);
    if (typeof this.#fanotify === 'string') {
      const why = `fanotify_init: ${this.#fanotify}; inotify does not say which process it was`;
      gaps.set('', { what: 'who changed a file', why, next: ROOT, reduced: true });
    } else this.#fanotify.refresh(mounts);
    return [...gaps.values()];
  }

  [Symbol.dispose](): void {
    if (typeof this.#fanotify !== 'string') this.#fanotify[Symbol.dispose]();
    if (typeof this.#inotify !== 'string') this.#inotify[Symbol.dispose]();
  }

  #way(mount: Mount, mounts: Mounts, executed: boolean): Way {
    const { without } = this.#parts;
    if (mayStall(mount.point) !== undefined) return 'polling';
    if (typeof this.#fanotify !== 'string' && !without.includes('fanotify'))
      if (this.#fanotify.mark(mount, executed) === '') return 'fanotify';
    if (this.#byFanotify !== undefined && !without.includes('fanotify by folder'))
      if (this.#start(this.#byFanotify, mount, mounts)) return 'fanotify by folder';
    if (this.#byInotify !== undefined && this.#start(this.#byInotify, mount, mounts)) return 'inotify';
    return 'polling';
  }

  /** False when the file system refuses. Bind mounts of it are covered as well. */
  #start(marks: FolderMarks, { device }: Mount, mounts: Mounts): boolean {
    const points = mounts.all
      .filter((mount) => mount.device === device && mountOf(mounts, mount.point)?.device === device)
      .map(({ point }) => point)
      .filter((point) => marks.start(point) === '');
    this.#starts.set(marks, [...(this.#starts.get(marks) ?? []), ...points]);
    return points.length > 0;
  }

  *#gapsOf(mount: Mount, way: Way): Generator<Gap> {
    const what = `file events below ${mount.point}`;
    if (comesFromElsewhere(mount)) {
      const why = `what other machines change in ${mount.type} is not told`;
      yield { what: `changes by others below ${mount.point}`, why, reduced: true };
    }
    const stalls = mayStall(mount.point);
    if (stalls !== undefined) yield { what, why: stalls.error };
    else if (way === 'polling') yield { what, why: `neither fanotify nor inotify can watch ${mount.type}`, next: ROOT };
    const marks = way === 'fanotify by folder' ? this.#byFanotify : way === 'inotify' ? this.#byInotify : undefined;
    if (marks === undefined) return;
    const incomplete = marks.incomplete(mount.point);
    if (incomplete !== '')
      yield { what, why: `${mount.type}: not every folder could be marked (${incomplete})`, next: LESS };
    else yield { what, why: `${mount.type}: marked folder by folder through ${way}`, next: LESS, reduced: true };
  }

  #openFanotify(): Fanotify<Watched<S>> | string {
    const { without, onOverflow, onRead } = this.#parts;
    if (without.includes('fanotify') && without.includes('fanotify by folder')) return 'not asked for';
    return Fanotify.open<Watched<S>>({
      placeOf: (folder) => this.#watched(folder, undefined),
      otherPlace: (key) => this.#otherPlace(key),
      onEvent: (places, event) => {
        for (const place of places) this.#take(place, event);
      },
      onOverflow,
      onRead,
    });
  }

  #openInotify(): Inotify | string {
    const { without, onOverflow, onRead } = this.#parts;
    if (without.includes('inotify')) return 'not asked for';
    return Inotify.open({
      onEvent: (key, { mask, name }) => {
        const folder = this.#byInotify?.folderOf(key);
        const watched = folder === undefined ? undefined : this.#watched(folder, this.#byInotify);
        if (watched !== undefined) this.#take(watched, { mask, name, pid: 0 });
      },
      onOverflow,
      onRead,
    });
  }

  #folderMarks(marker: Marker): FolderMarks {
    return new FolderMarks({
      marker,
      interestIn: (folder) => this.#parts.interestIn(folder),
      isMountPoint: (folder) => this.#points.has(folder),
      monotonicMs: () => this.#parts.monotonicMs(),
    });
  }

  #watched(folder: string, marks: FolderMarks | undefined): Watched<S> | undefined {
    const interest = this.#parts.interestIn(folder);
    return interest && { folder, interest, marks };
  }

  /** Undefined: not to be remembered. */
  #otherPlace(key: string): Place<Watched<S>> | undefined {
    const marks = this.#byFanotify;
    if (marks === undefined || marks.size === 0) return [];
    if (marks.folderOf(key) === undefined && !marks.relearn()) return undefined;
    const folder = marks.folderOf(key);
    if (folder === undefined) return [];
    const watched = this.#watched(folder, this.#byFanotify);
    return watched === undefined ? [] : [watched];
  }

  #take(watched: Watched<S>, event: RawEvent): void {
    const { marks, folder } = watched;
    const { mask, name, pid } = event;
    this.#parts.onEvent(watched, event);
    if (marks === undefined || (mask & FILE_BIT.directory) === 0 || name === '.') return;
    const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
    if ((mask & GOES) !== 0) marks.drop(path);
    if ((mask & COMES) === 0) return;
    const found = marks.cover([path]);
    if (found.length > 0) this.#parts.onFound(found, pid);
  }
}

function fanotifyMarker(group: number): Marker {
  const keyOf = (folder: string): string | undefined => placeOf(folder)?.toString('latin1');
  return {
    mark(folder) {
      if (markFolder(group, folder) < 0) return { error: lastError() };
      const key = keyOf(folder);
      return key === undefined ? { error: 'ENOENT' } : { key };
    },
    keyOf,
    most: MAX_MARKED,
    // The kernel forgets the mark with the folder; what a folder elsewhere tells is nobody's.
    unmark: () => undefined,
  };
}

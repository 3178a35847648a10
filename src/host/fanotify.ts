/**
 * File events by fanotify(7): one group, marks on whole file systems, and the folder of each event found by its handle.
 * Most events of a machine are of no interest; they cost a look into a map. See docs/decisions/0110-file-events.md.
 */

import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { FanotifyReader, FILE_BIT } from '#formats/fanotify-record.ts';
import type { Mount } from '#formats/mountinfo.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { lineBytes, lineText } from '#lib/line-text.ts';
import { lastError, libc, O } from './ffi.ts';
import { fsidOf, markFilesystem, openFanotifyGroup, openHandle } from './file-marks.ts';
import { isWithin, type Mounts, moved } from './mounts.ts';
import { watchReadable } from './poller.ts';
import { readProcLink } from './proc-file.ts';
import { mayStall } from './stalling-mounts.ts';

/** What came of a folder's handle: where it stands, and what its owner made of that. */
export type Place<P> = readonly P[];

/** How the owner of a group takes part. */
export interface FanotifyParts<P> {
  /** What to remember for a folder by its path; undefined when it is of no interest. */
  placeOf(folder: string): P | undefined;
  /**
   * For handles of file systems that bear no mark; the key is the handle's bytes, one a character. Undefined: it cannot
   * be told now, and is asked for again in a moment: the event waits.
   */
  otherPlace(key: string): Place<P> | undefined;
  /** `name` is "." for the folder itself. Bits as in FILE_BIT. */
  onEvent(places: Place<P>, event: { readonly mask: number; readonly pid: number; readonly name: string }): void;
  /** The kernel dropped events. */
  onOverflow(): void;
  /** What was read so far has been given out. */
  onRead(): void;
}

interface LateEvent {
  readonly key: string;
  readonly mask: number;
  readonly pid: number;
  readonly name: string;
}

interface Filesystem {
  readonly device: string;
  mounts: readonly Mount[];
}

const BUFFER_BYTES = 64 << 10;
/** Reads a round: a flood must let others have the loop. */
const READS = 8;
/** Handles kept, about 150 bytes each; the oldest goes. */
const MAX_PLACES = 16_384;
/** Mounts of one file system that are tried for a handle; containers have hundreds. */
const MAX_MOUNTS = 8;
const FSID_BYTES = 8;
/** Events whose folder cannot be told yet; more are a loss. They are asked for again this often. */
const MAX_LATE = 8192;
const LATE_MS = 100;
const NOWHERE: Place<never> = [];
const DELETED = ' (deleted)';

export class Fanotify<P> implements Disposable {
  readonly group: number;
  readonly #parts: FanotifyParts<P>;
  readonly #buffer = Buffer.alloc(BUFFER_BYTES);
  readonly #reader = new FanotifyReader(this.#buffer);
  readonly #watched: Disposable;
  readonly #filesystems = new Map<string, Filesystem>();
  readonly #refused = new Map<string, string>();
  #places = new BoundedMap<string, Place<P>>(MAX_PLACES);
  #late: LateEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  private constructor(group: number, parts: FanotifyParts<P>) {
    this.group = group;
    this.#parts = parts;
    this.#watched = watchReadable(group, () => this.#read());
  }

  /** Gives the errno name where the kernel refuses: EPERM without CAP_SYS_ADMIN, EINVAL before Linux 5.9. */
  static open<P>(parts: FanotifyParts<P>): Fanotify<P> | string {
    const group = openFanotifyGroup();
    return group < 0 ? lastError() : new Fanotify(group, parts);
  }

  /**
   * Marks the file system of that mount; gives the errno name where it is refused (EOPNOTSUPP on an overlay, ENODEV on
   * file systems without an id).
   */
  mark(mount: Mount, executed: boolean): string {
    const known = this.#refused.get(mount.device);
    if (known !== undefined) return known;
    const why = this.#mark(mount, executed);
    if (why !== '') this.#refused.set(mount.device, why);
    return why;
  }

  #mark(mount: Mount, executed: boolean): string {
    const fd = libc.open(mount.point, O.RDONLY | O.NONBLOCK | O.CLOEXEC, 0);
    if (fd < 0) return lastError();
    try {
      const fsid = fsidOf(fd)?.toString('latin1');
      if (fsid === undefined) return lastError();
      if (markFilesystem(this.group, `/proc/self/fd/${fd}`, executed) < 0) return lastError();
      const known = this.#filesystems.get(fsid);
      if (known === undefined) this.#filesystems.set(fsid, { device: mount.device, mounts: [mount] });
      return '';
    } finally {
      libc.close(fd);
    }
  }

  /** What is mounted, or what is of interest, has changed: folders are looked up anew. */
  refresh({ all }: Mounts): void {
    for (const filesystem of this.#filesystems.values()) {
      const mounts = all.filter(({ device }) => device === filesystem.device);
      filesystem.mounts = mounts.sort((a, b) => a.root.length - b.root.length);
    }
    const devices = new Set(all.map(({ device }) => device));
    for (const device of this.#refused.keys()) if (!devices.has(device)) this.#refused.delete(device);
    this.forget();
  }

  /** Handles are looked up anew: a folder has moved. */
  forget(): void {
    if (this.#places.size > 0) this.#places = new BoundedMap(MAX_PLACES);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#watched[Symbol.dispose]();
    libc.close(this.group);
  }

  #read(): void {
    for (let round = 0; round < READS; round += 1) {
      const length = libc.read(this.group, this.#buffer, BUFFER_BYTES);
      if (length <= 0) break;
      this.#reader.start(length);
      while (this.#reader.next()) this.#take(this.#reader);
      if (this.#reader.damaged) this.#parts.onOverflow();
    }
    this.#parts.onRead();
  }

  #take(record: FanotifyReader): void {
    const { mask, pid, placeStart, placeEnd, nameStart, nameEnd } = record;
    if ((mask & FILE_BIT.overflow) !== 0) this.#parts.onOverflow();
    if (placeStart === placeEnd) return;
    const key = this.#buffer.toString('latin1', placeStart, placeEnd);
    const places = this.#places.get(key) ?? this.#lookUp(key);
    if (places === undefined || places.length > 0) {
      const event = { key, mask, pid, name: nameIn(this.#buffer, nameStart, nameEnd) };
      if (places === undefined) this.#keepLate(event);
      else this.#parts.onEvent(places, event);
    }
    this.#forgetMoved(mask);
  }

  #forgetMoved(mask: number): void {
    const renamed = FILE_BIT.movedFrom | FILE_BIT.movedTo;
    // Everything below it is called otherwise now; files move all the time and change no folder's name.
    if ((mask & FILE_BIT.directory) !== 0 && (mask & renamed) !== 0) this.forget();
  }

  #keepLate(event: LateEvent): void {
    if (this.#late.length < MAX_LATE) this.#late.push(event);
    else this.#parts.onOverflow();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const late = this.#late;
      this.#late = [];
      for (const one of late) {
        const places = this.#places.get(one.key) ?? this.#lookUp(one.key);
        if (places === undefined) this.#keepLate(one);
        else if (places.length > 0) this.#parts.onEvent(places, one);
        this.#forgetMoved(one.mask);
      }
      this.#parts.onRead();
    }, LATE_MS);
  }

  #lookUp(key: string): Place<P> | undefined {
    const places = this.#find(key);
    if (places !== undefined) this.#places.set(key, places);
    return places;
  }

  #find(key: string): Place<P> | undefined {
    const filesystem = this.#filesystems.get(key.slice(0, FSID_BYTES));
    if (filesystem === undefined) return this.#parts.otherPlace(key);
    const handle = Buffer.from(key.slice(FSID_BYTES), 'latin1');
    for (const mount of filesystem.mounts.slice(0, MAX_MOUNTS)) {
      const fd = openThrough(mount, handle);
      if (fd === undefined) continue;
      try {
        return this.#placesOf(fd, mount, filesystem.mounts);
      } finally {
        libc.close(fd);
      }
    }
    // The folder is gone already: its end is told of by the folder that it was in.
    return NOWHERE;
  }

  /** A folder may be seen at several places: bind mounts. */
  #placesOf(fd: number, mount: Mount, mounts: readonly Mount[]): Place<P> {
    const path = linkAt(`/proc/self/fd/${fd}`);
    if (path.endsWith(DELETED) || !isWithin(path, mount.point)) return NOWHERE;
    const within = moved(path, mount.point, mount.root);
    const places = new Map<string, P>();
    for (const { root, point } of mounts) {
      if (!isWithin(within, root)) continue;
      const here = moved(within, root, point);
      const place = places.has(here) ? undefined : this.#parts.placeOf(here);
      if (place !== undefined && isSame(fd, here)) places.set(here, place);
    }
    return places.size === 0 ? NOWHERE : [...places.values()];
  }
}

/** UTF-8, or as `lineText` reads it: sensors ask for what they read in passwd under the same text. */
function nameIn(buffer: Buffer, start: number, end: number): string {
  const name = buffer.toString('utf8', start, end);
  return name.includes('\ufffd') ? lineText(buffer.subarray(start, end)) : name;
}

function linkAt(link: string): string {
  const target = readProcLink(link);
  return nameIn(target, 0, target.length);
}

/** Another mount may cover the place: then the path leads elsewhere. */
function isSame(fd: number, path: string): boolean {
  const there = mayStall(path) === undefined ? statSync(lineBytes(path) ?? path, { throwIfNoEntry: false }) : undefined;
  if (there === undefined) return false;
  const here = fstatSync(fd);
  return here.ino === there.ino && here.dev === there.dev;
}

/** The mount is opened for this moment only: an open one could not be unmounted. */
function openThrough(mount: Mount, handle: Buffer): number | undefined {
  // Another mount may lie over it by now.
  if (mayStall(mount.point) !== undefined) return undefined;
  let point: number;
  try {
    point = openSync(mount.point, O.RDONLY | O.NONBLOCK | O.CLOEXEC);
  } catch (error) {
    // Unmounted, or covered by something that we may not open: another mount may do.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
  const fd = openHandle(point, handle);
  closeSync(point);
  return fd < 0 ? undefined : fd;
}

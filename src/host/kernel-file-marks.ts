/**
 * Hears who writes to settings of the kernel: files of /proc/sys and /sys. They have no handles, and the kernel makes
 * their inodes anew whenever it has forgotten a name, so what is marked is held open. See docs/decisions/0195.
 */

import { closeSync, fstatSync, statSync } from 'node:fs';
import { FanotifyReader, FILE_BIT } from '#formats/fanotify-record.ts';
import type { Mount } from '#formats/mountinfo.ts';
import type { Gap } from '#model/gap.ts';
import { lastError, libc, O } from './ffi.ts';
import { markWrites, openDescriptorGroup } from './file-marks.ts';
import { Inotify } from './inotify.ts';
import type { Way } from './mark-ways.ts';
import { holdsSettings, type Mounts, mountOf, moved } from './mounts.ts';
import { watchReadable } from './poller.ts';
import { readProcLink } from './proc-file.ts';

export interface KernelFileParts {
  /** `path` as it was asked for, through whichever mount it was written; `pid` 0 where the kernel does not say. */
  onWritten(path: string, pid: number): void;
  readonly onOverflow: () => void;
  /** All that was read has been given out. */
  readonly onRead: () => void;
  /** For tests: ways that are not to be tried. */
  readonly without: readonly Way[];
}

/** A way to mark one folder; gives the errno name where it is refused. */
interface Marker extends Disposable {
  mark(place: string, pinned: string): string;
}

const BUFFER_BYTES = 8 << 10;
/** Reads a round: who writes in a loop must leave the loop to others. */
const READS = 8;
/** Mounts of one kind that are marked: every mount of proc is a file system of its own since Linux 5.8. */
const MAX_MOUNTS = 32;
const WHAT = 'settings of the kernel as they are written';
const NEXT = 'Nothing to do: they are looked at every few seconds; what is changed back before that is missed.';

export class KernelFileMarks implements Disposable {
  readonly #parts: KernelFileParts;
  #marker: Marker | string | undefined;
  /** Why fanotify was refused; "" where it was not. */
  #refused = '';
  /** Folders as events name them → as they were asked for. */
  #folders = new Map<string, string>();
  readonly #pins = new Map<string, number>();

  constructor(parts: KernelFileParts) {
    this.#parts = parts;
  }

  /** Marks the folders of those of the paths that are settings; what is marked already stays. */
  mark(paths: Iterable<string>, mounts: Mounts): readonly Gap[] {
    const wanted = foldersOf(paths, mounts);
    this.#unpin(wanted);
    this.#folders = new Map();
    if (wanted.size === 0) return [];
    this.#marker ??= this.#open();
    if (typeof this.#marker === 'string') return [{ what: WHAT, why: this.#marker, next: NEXT, reduced: true }];
    const refused = new Set<string>();
    for (const [folder, own] of wanted)
      for (const place of placesOf(folder, own, mounts)) {
        this.#folders.set(place, folder);
        const error = place === folder ? this.#markPinned(this.#marker, folder) : this.#marker.mark(place, place);
        if (error !== '' && error !== 'ENOENT' && error !== 'ENOTDIR') refused.add(`${place}: ${error}`);
      }
    return this.#gaps([...refused]);
  }

  [Symbol.dispose](): void {
    this.#unpin(new Map());
    if (typeof this.#marker === 'object') this.#marker[Symbol.dispose]();
    this.#marker = undefined;
  }

  #gaps(refused: readonly string[]): readonly Gap[] {
    if (refused.length > 0)
      return [{ what: WHAT, why: `not marked: ${refused.slice(0, 3).join(', ')}`, next: NEXT, reduced: true }];
    if (this.#refused === '') return [];
    const why = `fanotify_init: ${this.#refused}; inotify does not say which process it was`;
    const next = 'Let the daemon run as root (CAP_SYS_ADMIN), outside of a container.';
    return [{ what: 'who changed a setting of the kernel', why, next, reduced: true }];
  }

  /** Only where nobody unmounts it: a mount of somebody else must not be kept busy. */
  #markPinned(marker: Marker, folder: string): string {
    const pin = this.#pin(folder);
    return typeof pin === 'string' ? pin : marker.mark(folder, `/proc/self/fd/${pin}/.`);
  }

  /** A folder that was taken away and came back (a network interface, a module) is another one. */
  #pin(folder: string): number | string {
    const known = this.#pins.get(folder);
    if (known !== undefined) {
      if (isSame(known, folder)) return known;
      closeSync(known);
      this.#pins.delete(folder);
    }
    const pin = libc.open(folder, O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC, 0);
    if (pin < 0) return lastError();
    this.#pins.set(folder, pin);
    return pin;
  }

  #unpin(wanted: ReadonlyMap<string, Mount>): void {
    for (const [folder, pin] of this.#pins) {
      if (wanted.has(folder)) continue;
      closeSync(pin);
      this.#pins.delete(folder);
    }
  }

  #open(): Marker | string {
    const { without } = this.#parts;
    const byFanotify = without.includes('fanotify') ? 'not asked for' : this.#openFanotify();
    if (typeof byFanotify !== 'string') return byFanotify;
    this.#refused = byFanotify;
    const byInotify = without.includes('inotify') ? 'not asked for' : this.#openInotify();
    return typeof byInotify === 'string' ? `fanotify_init: ${byFanotify}; inotify_init1: ${byInotify}` : byInotify;
  }

  #openFanotify(): Marker | string {
    const group = openDescriptorGroup();
    if (group < 0) return lastError();
    const buffer = Buffer.alloc(BUFFER_BYTES);
    const reader = new FanotifyReader(buffer);
    const watched = watchReadable(group, () => {
      this.#read(group, buffer, reader);
    });
    return {
      mark: (_place, pinned) => (markWrites(group, pinned) < 0 ? lastError() : ''),
      [Symbol.dispose]() {
        watched[Symbol.dispose]();
        libc.close(group);
      },
    };
  }

  #read(group: number, buffer: Buffer, reader: FanotifyReader): void {
    for (let round = 0; round < READS; round += 1) {
      const length = libc.read(group, buffer, BUFFER_BYTES);
      if (length < 0 && lastError() === 'EAGAIN') break;
      // A file that may be written and not read: its event is gone, and it is no setting that we watch.
      if (length <= 0) continue;
      reader.start(length);
      while (reader.next()) {
        if ((reader.mask & FILE_BIT.overflow) !== 0) this.#parts.onOverflow();
        if (reader.fd >= 0) this.#tell(pathOf(reader.fd), reader.pid);
      }
      if (reader.damaged) this.#parts.onOverflow();
    }
    this.#parts.onRead();
  }

  #openInotify(): Marker | string {
    const places = new Map<string, string>();
    const { onOverflow, onRead } = this.#parts;
    const onEvent = (key: string, { mask, name }: { mask: number; name: string }): void => {
      const place = places.get(key);
      if (place !== undefined && (mask & FILE_BIT.written) !== 0) this.#tell(`${place}/${name}`, 0);
    };
    const inotify = Inotify.open({ onEvent, onOverflow, onRead });
    if (typeof inotify === 'string') return inotify;
    return {
      mark(place, pinned) {
        const marked = inotify.mark(pinned);
        if ('error' in marked) return marked.error;
        places.set(marked.key, place);
        return '';
      },
      [Symbol.dispose]: () => {
        inotify[Symbol.dispose]();
      },
    };
  }

  #tell(path: string, pid: number): void {
    const slash = path.lastIndexOf('/');
    const folder = this.#folderOf(path.slice(0, slash));
    if (folder !== undefined) this.#parts.onWritten(`${folder}${path.slice(slash)}`, pid);
  }

  /** Written through a mount of another mount namespace, the path begins at a root that is not ours. */
  #folderOf(place: string): string | undefined {
    const known = this.#folders.get(place);
    if (known !== undefined) return known;
    for (const folder of this.#folders.values()) if (place.endsWith(folder.replace(/^\/[^/]+/, ''))) return folder;
    return undefined;
  }
}

/** Folders with wanted files, and the mounts that they are on. */
function foldersOf(paths: Iterable<string>, mounts: Mounts): ReadonlyMap<string, Mount> {
  const folders = new Map<string, Mount>();
  for (const path of paths) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const mount = mountOf(mounts, path);
    if (folder !== '' && mount !== undefined && holdsSettings(mount) && path !== mount.point)
      folders.set(folder, mount);
  }
  return folders;
}

/** Where the folder can be reached: there, and through other mounts of the same kind, each with inodes of its own. */
function placesOf(folder: string, own: Mount, mounts: Mounts): readonly string[] {
  const others = mounts.all.filter(({ type, root, id }) => type === own.type && root === own.root && id !== own.id);
  return [folder, ...others.slice(0, MAX_MOUNTS).map(({ point }) => moved(folder, own.point, point))];
}

/** Closes the descriptor that came with an event. */
function pathOf(fd: number): string {
  try {
    return readProcLink(`/proc/self/fd/${fd}`).toString();
  } finally {
    closeSync(fd);
  }
}

function isSame(fd: number, path: string): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  const here = fstatSync(fd);
  return there !== undefined && here.ino === there.ino && here.dev === there.dev;
}

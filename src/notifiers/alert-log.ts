/** An append-only file of lines that survives rotation and attack: the file behind the notifier `file`. */

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '#lib/make-folder.ts';
import type { Host } from '#model/host.ts';

// O_NOFOLLOW: a link planted at the path must not lead us into another file. O_NONBLOCK: opening a FIFO that nobody
// reads fails (ENXIO) instead of hanging the watch; regular files ignore it.
const { O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
const FLAGS = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
const NEWLINE = 10;

/** How long a reader of a FIFO may keep us waiting in the middle of a line. */
const FIFO_PATIENCE_MS = 2000;

/** Writes whole lines. Throws with the errno and the path; a line that was cut short is completed by the next call. */
export class AlertLog implements Disposable {
  readonly #path: string;
  readonly #appended: Host['appended'];
  #fd = -1;
  #inode = 0;
  #device = 0;
  /** What is left of a line that could only be written in part: it must come first, or the file holds half a line. */
  #rest: Buffer | undefined;
  /** The line that the rest belongs to: when it is told again after its rest went out, it is there already. */
  #cut: string | undefined;

  /** Nothing is opened yet: a channel whose disk is full must not keep the watch from starting. */
  constructor(path: string, appended?: Host['appended']) {
    this.#path = path;
    this.#appended = appended;
  }

  /** Appends `line` and a newline. Not synced to disk: the store keeps the alert, see docs/decisions/0071. */
  async append(line: string, signal: AbortSignal): Promise<void> {
    this.#reopenIfMoved();
    if (this.#rest) {
      await this.#write(this.#rest, signal);
      if (this.#cut === line) return;
    }
    this.#cut = line;
    await this.#write(Buffer.from(`${line}\n`), signal);
    this.#note();
  }

  [Symbol.dispose](): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** The file may have been renamed or removed since the last line (logrotate, an administrator, an attacker). */
  #reopenIfMoved(): void {
    if (this.#fd !== -1) {
      const now = lstatSync(this.#path, { throwIfNoEntry: false });
      if (now?.ino === this.#inode && now.dev === this.#device) return;
      closeSync(this.#fd);
      this.#fd = -1;
      // The rest belonged to the file that is gone; its alert is told again whole, because that write had failed.
      this.#rest = undefined;
      this.#cut = undefined;
    }
    const { fd, stat, torn } = openForLines(this.#path);
    this.#fd = fd;
    this.#inode = stat.ino;
    this.#device = stat.dev;
    if (torn) this.#rest = Buffer.from('\n');
  }

  #note(): void {
    if (this.#appended === undefined) return;
    const stat = fstatSync(this.#fd);
    if (stat.isFile()) this.#appended.set(this.#path, { inode: stat.ino, sizeBytes: stat.size });
  }

  /** Writes all of it or keeps the rest for the next call, and throws. */
  async #write(bytes: Buffer, signal: AbortSignal): Promise<void> {
    let at = 0;
    const endMs = performance.now() + FIFO_PATIENCE_MS;
    while (at < bytes.length) {
      try {
        at += writeSync(this.#fd, bytes, at);
      } catch (error) {
        const full = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        if (full && performance.now() < endMs && !signal.aborted) {
          await sleep(5);
          continue;
        }
        this.#keep(bytes, at, error as NodeJS.ErrnoException);
      }
    }
    this.#rest = undefined;
  }

  #keep(bytes: Buffer, at: number, error: NodeJS.ErrnoException): never {
    // Of a line that was not begun nothing is kept: it comes again from the outbox.
    if (at > 0 || bytes === this.#rest) this.#rest = bytes.subarray(at);
    if (error.code === 'EPIPE') {
      this.#rest = undefined;
      this.#cut = undefined;
      this[Symbol.dispose]();
    }
    throw new Error(`Cannot append to the alert file "${this.#path}": ${error.code ?? ''} ${advice(error.code)}`, {
      cause: error,
    });
  }
}

/** Opens or creates; `torn`: the last line has no newline, because a crash cut it. */
function openForLines(path: string): { fd: number; stat: Stats; torn: boolean } {
  let fd = -1;
  try {
    fd = openOrCreate(path);
    const stat = fstatSync(fd);
    const refusal = refusalOf(path, stat);
    if (refusal !== undefined) throw new Error(refusal);
    return { fd, stat, torn: stat.isFile() && stat.size > 0 && lastByte(path, stat) !== NEWLINE };
  } catch (error) {
    if (fd !== -1) closeSync(fd);
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === undefined ? message : `${code} ${advice(code)}`;
    throw new Error(`Cannot open the alert file "${path}": ${why}`, { cause: error });
  }
}

function openOrCreate(path: string): number {
  try {
    return openSync(path, FLAGS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  makeFolder(dirname(path), 0o750);
  const fd = openSync(path, FLAGS | O_CREAT | O_EXCL, 0o640);
  // The umask may have been narrower; the group reads alerts (syslog and log shippers run in it).
  fchmodSync(fd, 0o640);
  return fd;
}

/** Why this file is not written to; undefined when it is fine. */
function refusalOf(path: string, stat: Stats): string | undefined {
  if (!stat.isFile() && !stat.isFIFO()) return 'it is neither a file nor a FIFO. Choose another path.';
  const ours = stat.uid === 0 || stat.uid === process.geteuid?.();
  if (!ours) return `it belongs to uid ${stat.uid}, who could read or forge alerts. Remove it, or choose another path.`;
  const openToAll = (statSync(dirname(path)).mode & 0o002) !== 0;
  // In a folder that anyone writes, a second name may be a link to a file that we must not append to.
  if (openToAll && stat.nlink > 1) return 'it has a second name (hard link) in a folder that anyone may write to.';
  return undefined;
}

/** Last byte of the file that `stat` is about; the newline when it is another one by now. */
function lastByte(path: string, stat: Stats): number {
  const fd = openSync(path, constants.O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    const byte = Buffer.from([NEWLINE]);
    if (fstatSync(fd).ino === stat.ino) readSync(fd, byte, 0, 1, stat.size - 1);
    return byte[0] ?? NEWLINE;
  } finally {
    closeSync(fd);
  }
}

/** What an errno means here, and what to do. */
function advice(code: string | undefined): string {
  const words: Readonly<Record<string, string>> = {
    ELOOP: '(a symbolic link stands there, links are not followed). Remove it, or name its target.',
    ENXIO: '(nobody reads this FIFO). Start its reader.',
    ENOSPC: '(the disk is full). Make room; the alert waits and is told then.',
    EDQUOT: '(the quota is used up). Make room; the alert waits and is told then.',
    EACCES: '(not permitted). Check the owner of the folder.',
    EROFS: '(the file system is read-only). Choose another path.',
    EAGAIN: '(the reader of this FIFO does not keep up). The alert waits and is told then.',
    EPIPE: '(the reader of this FIFO went away). Start it again; the alert waits.',
    EISDIR: '(it is a folder). Name a file in it.',
  };
  return words[code ?? ''] ?? '';
}

/**
 * The one door to the file system for rotation. Paths are Latin-1 text, one character a byte, because names are bytes.
 * Files are opened without following a symlink in the last part: an attacker who owns the folder could plant one.
 */

import type { Stats } from 'node:fs';
import { fs } from '#lib/lean-fs.ts';
import { attempt, type SysFailure } from './strerror.ts';

export type Outcome<T> = { readonly value: T } | { readonly failed: SysFailure };

const { constants } = fs;
const NOT_ASCII = /[^\0-\x7f]/;

/** What node:fs wants: the text itself where it is plain, else its bytes. */
export function toPath(path: string): string | Buffer {
  return NOT_ASCII.test(path) ? Buffer.from(path, 'latin1') : path;
}

/** lstat(2); undefined when nothing is there, or we may not see it. */
export function lstat(path: string): Stats | undefined {
  const found = attempt(() => fs.lstatSync(toPath(path), { throwIfNoEntry: false }));
  return 'value' in found ? found.value : undefined;
}

/** lstat(2) with the reason when it fails. */
export function lstatOrWhy(path: string): Outcome<Stats> {
  return attempt(() => fs.lstatSync(toPath(path)));
}

/** stat(2), symlinks followed. */
export function statOrWhy(path: string): Outcome<Stats> {
  return attempt(() => fs.statSync(toPath(path)));
}

export function exists(path: string): boolean {
  return fs.existsSync(toPath(path));
}

/** Names in a folder with "is a folder" as readdir tells it (a symlink is none). Not in order. */
export function list(path: string): Outcome<readonly { readonly name: string; readonly folder: boolean }[]> {
  return attempt(() =>
    fs
      .readdirSync(toPath(path), { withFileTypes: true, encoding: 'latin1' })
      .map((entry) => ({ name: entry.name, folder: entry.isDirectory() })),
  );
}

export function rename(from: string, to: string): Outcome<void> {
  return attempt(() => fs.renameSync(toPath(from), toPath(to)));
}

export function unlink(path: string): Outcome<void> {
  return attempt(() => fs.unlinkSync(toPath(path)));
}

export function makeFolder(path: string, mode: number): Outcome<void> {
  return attempt(() => fs.mkdirSync(toPath(path), mode));
}

export function chownFolder(path: string, uid: number, gid: number): Outcome<void> {
  return attempt(() => fs.chownSync(toPath(path), uid, gid));
}

export function chmodFolder(path: string, mode: number): Outcome<void> {
  return attempt(() => fs.chmodSync(toPath(path), mode));
}

const FLAGS = {
  read: constants.O_RDONLY | constants.O_NOFOLLOW,
  /** Follows symlinks: for what is checked by other means. */
  readThrough: constants.O_RDONLY,
  change: constants.O_RDWR | constants.O_NOFOLLOW,
  /** Fails when the name is taken, also by a symlink. */
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
  overwrite: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
  append: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
} as const;

export type OpenHow = keyof typeof FLAGS;

export function open(path: string, how: OpenHow, mode = 0o600): Outcome<number> {
  return attempt(() => fs.openSync(toPath(path), FLAGS[how], mode));
}

export function close(fd: number): void {
  fs.closeSync(fd);
}

export function fstat(fd: number): Stats {
  return fs.fstatSync(fd);
}

/** Bytes read at `at` into `buffer`; 0 at the end. */
export function readAt(fd: number, buffer: Uint8Array, at: number): Outcome<number> {
  return attempt(() => fs.readSync(fd, buffer, 0, buffer.length, at));
}

/** Writes all of `bytes`, at `at` or where the descriptor stands. */
export function writeAll(fd: number, bytes: Uint8Array, at?: number): Outcome<void> {
  return attempt(() => {
    let done = 0;
    while (done < bytes.length) {
      done += fs.writeSync(fd, bytes, done, bytes.length - done, at === undefined ? null : at + done);
    }
  });
}

export function truncate(fd: number, sizeBytes: number): Outcome<void> {
  return attempt(() => fs.ftruncateSync(fd, sizeBytes));
}

export function sync(fd: number): Outcome<void> {
  return attempt(() => fs.fsyncSync(fd));
}

/** Makes what was renamed or created in a folder last; a file system that cannot is left alone. */
export function syncFolder(path: string): void {
  const fd = attempt(() => fs.openSync(toPath(path), constants.O_RDONLY | constants.O_DIRECTORY));
  if ('failed' in fd) return;
  attempt(() => fs.fsyncSync(fd.value));
  fs.closeSync(fd.value);
}

/** Who is not root cannot give files away: then they stay ours, as with logrotate. */
export function fchown(fd: number, uid: number, gid: number): Outcome<void> {
  const done = attempt(() => fs.fchownSync(fd, uid, gid));
  return 'failed' in done && done.failed.code === 'EPERM' && process.geteuid?.() !== 0 ? { value: undefined } : done;
}

export function fchmod(fd: number, mode: number): Outcome<void> {
  return attempt(() => fs.fchmodSync(fd, mode));
}

/** Sets access and change time of the content, seconds with their fraction. */
export function setTimes(fd: number, times: Stats): Outcome<void> {
  return attempt(() => fs.futimesSync(fd, times.atimeMs / 1000, times.mtimeMs / 1000));
}

/** A whole file as Latin-1 text. */
export function readText(fd: number): Outcome<string> {
  return attempt(() => fs.readFileSync(fd, 'latin1'));
}

/** "/a/b" of "/a/b/c", "." of "c". */
export function folderOf(path: string): string {
  const plain = path.lastIndexOf('/');
  if (plain > 0 && plain < path.length - 1 && path[plain - 1] !== '/') return path.slice(0, plain);
  const at = path.replace(/\/+$/, '').lastIndexOf('/');
  return at === -1 ? '.' : path.slice(0, at).replace(/\/+$/, '') || '/';
}

/** "c" of "/a/b/c". */
export function nameOf(path: string): string {
  const trimmed = path.replace(/\/+$/, '');
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

/** Sets the times of a file to now; false when that is not allowed. */
export function touch(path: string): boolean {
  const now = Date.now() / 1000;
  return 'value' in attempt(() => fs.lutimesSync(toPath(path), now, now));
}

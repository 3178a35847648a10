/** Files of the host, under "/" or under the folder of a captured host. */

import type { Stats } from 'node:fs';
import { fs } from '#lib/lean-fs.ts';
import type { Failure, FileStat, Files } from '#model/host.ts';
import { failureAt, libc, O, syscall } from './ffi.ts';
import { fileTypeOf } from './file-type.ts';
import { mayStall } from './stalling-mounts.ts';

const DEFAULT_MAX_BYTES = 16 << 20;
const MAX_LINK_BYTES = 4096;

/** Opens a path to a descriptor, or says why not. */
type Open = (path: string, flags: number) => number | Failure;

/**
 * Files under `root`. Links that point out of a root other than "/" stay inside it (openat2(2), RESOLVE_IN_ROOT): a
 * captured folder may come from a host that an attacker held.
 */
export function openFiles(root = '/'): Files {
  const open: Open = root === '/' ? openHere : openWithin(root);
  const use = <T>(path: string, flags: number, act: (fd: number) => T): T | Failure => {
    const fd = open(path, flags);
    if (typeof fd !== 'number') return fd;
    try {
      return act(fd);
    } catch (error) {
      return failureOf(error, path);
    } finally {
      fs.closeSync(fd);
    }
  };
  return {
    // O_NONBLOCK: a FIFO that somebody planted must not stop us.
    read: (path, maxBytes = DEFAULT_MAX_BYTES) =>
      use(path, O.RDONLY | O.NONBLOCK | O.NOCTTY, (fd) => readAll(fd, path, maxBytes)),
    list: (path) => use(path, O.RDONLY | O.DIRECTORY | O.NONBLOCK, (fd) => fs.readdirSync(`/proc/self/fd/${fd}`)),
    stat: (path) => use(path, O.PATH | O.NOFOLLOW, (fd) => toFileStat(fs.fstatSync(fd))),
    readlink: (path) => use(path, O.PATH | O.NOFOLLOW, (fd) => linkOf(fd, path)),
  };
}

function openHere(path: string, flags: number): number | Failure {
  const stalls = mayStall(path, (flags & O.NOFOLLOW) === 0);
  if (stalls !== undefined) return stalls;
  try {
    return fs.openSync(path, flags | O.CLOEXEC);
  } catch (error) {
    return failureOf(error, path);
  }
}

const RESOLVE_IN_ROOT = 0x10n;

function openWithin(root: string): Open {
  return (path, flags) => {
    const dir = libc.open(root, O.PATH | O.DIRECTORY | O.CLOEXEC, 0);
    if (dir < 0) return failureAt(path);
    // struct open_how: flags u64, mode u64, resolve u64.
    const how = Buffer.from(BigUint64Array.of(BigInt(flags | O.CLOEXEC), 0n, RESOLVE_IN_ROOT).buffer);
    const fd = syscall.openat2(dir, path, how);
    const result = fd >= 0 ? fd : failureAt(path);
    libc.close(dir);
    return result;
  };
}

function readAll(fd: number, path: string, maxBytes: number): Buffer | Failure {
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) return { error: stat.isDirectory() ? 'EISDIR' : 'EINVAL', path };
  if (stat.size > maxBytes) return { error: 'EFBIG', path };
  // Files of /proc say size 0 and must be read to their end.
  let buffer = Buffer.allocUnsafe(Math.min(maxBytes + 1, Math.max(stat.size + 1, 4096)));
  let length = 0;
  for (;;) {
    const read = fs.readSync(fd, buffer, length, buffer.length - length, null);
    if (read === 0) return buffer.subarray(0, length);
    length += read;
    // Whatever says how long it is and gave so much has been read: most files cost no question for their end.
    if (length === stat.size) return buffer.subarray(0, length);
    if (length > maxBytes) return { error: 'EFBIG', path };
    if (length === buffer.length) {
      const larger = Buffer.allocUnsafe(Math.min(maxBytes + 1, buffer.length * 4));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
  }
}

function linkOf(fd: number, path: string): string | Failure {
  const buffer = Buffer.allocUnsafe(MAX_LINK_BYTES);
  // An empty path reads the link that O_PATH|O_NOFOLLOW has opened; readlinkat(2). It says ENOENT for what is no link.
  const length = libc.readlinkat(fd, '', buffer, buffer.length);
  if (length >= 0) return buffer.toString('utf8', 0, length);
  const failure = failureAt(path);
  return failure.error === 'ENOENT' ? { error: 'EINVAL', path } : failure;
}

function toFileStat(stat: Stats): FileStat {
  return {
    type: fileTypeOf(stat.mode),
    mode: stat.mode & 0o7777,
    uid: stat.uid,
    gid: stat.gid,
    sizeBytes: stat.size,
    mtimeMs: stat.mtimeMs,
    ctimeMs: stat.ctimeMs,
    inode: stat.ino,
  };
}

/** An error of Node's fs as data; what is no system error is thrown on. */
function failureOf(error: unknown, path: string): Failure {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error) {
    return { error: error.code, path };
  }
  throw error;
}

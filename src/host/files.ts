/** Files of the host, under "/" or under the folder of a captured host. */

import { lineBytes, lineText } from '#lib/line-text.ts';
import type { Failure, FileStat, Files } from '#model/host.ts';
import { failureAt, lastError, libc, type Name, O, syscall } from './ffi.ts';
import { fileTypeOf } from './file-type.ts';
import { isOfKernel, mayStall } from './stalling-mounts.ts';

const DEFAULT_MAX_BYTES = 16 << 20;
const MAX_LINK_BYTES = 4096;
/** What is longer gets a buffer of its own. */
const SCRATCH_BYTES = 64 << 10;

/** Calls go to libc: a missing file is no error with a stack there, and one call tells what a name is. */
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
/** What is mounted when it is touched is left alone. */
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
/** In struct linux_dirent64. */
const [RECORD_AT, NAME_AT] = [16, 19];

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
      libc.close(fd);
    }
  };
  const isKernels = root === '/' ? isOfKernel : () => false;
  const files: Files = {
    // O_NONBLOCK: a FIFO that somebody planted must not stop us.
    read: (path, maxBytes = DEFAULT_MAX_BYTES) =>
      use(path, O.RDONLY | O.NONBLOCK | O.NOCTTY, (fd) => readAll(fd, { path, maxBytes, sized: !isKernels(path) })),
    list: (path) => use(path, O.RDONLY | O.DIRECTORY | O.NONBLOCK, (fd) => namesIn(fd, path)),
    stat: (path) => use(path, O.PATH | O.NOFOLLOW, (fd) => statOf(fd, '', path)),
    readlink: (path) => use(path, O.PATH | O.NOFOLLOW, (fd) => linkOf(fd, path)),
  };
  return root === '/' ? { ...files, stat: statHere, readlink: linkHere } : files;
}

/** Names end at NUL for libc: what has one inside would be taken for another; no name at all would be where we are. */
function refusal(path: string, follow: boolean): Failure | undefined {
  if (path === '') return { error: 'ENOENT', path };
  return path.includes('\0') ? { error: 'EINVAL', path } : mayStall(path, follow);
}

function openHere(path: string, flags: number): number | Failure {
  const refused = refusal(path, (flags & O.NOFOLLOW) === 0);
  if (refused !== undefined) return refused;
  const fd = libc.open(path, flags | O.CLOEXEC, 0);
  if (fd >= 0) return fd;
  const failure = failureAt(path);
  const bytes = otherName(failure);
  if (bytes === undefined) return failure;
  const second = libc.open(bytes, flags | O.CLOEXEC, 0);
  return second >= 0 ? second : failureAt(path);
}

/** A name of /etc/passwd that is no UTF-8, as the bytes that it stands for and NUL: asked for when there is no other. */
function otherName({ error, path }: Failure): Buffer | undefined {
  const bytes = error === 'ENOENT' ? lineBytes(path) : undefined;
  return bytes && Buffer.concat([bytes, Buffer.alloc(1)]);
}

/** Names as `lineText` reads them, so that they can be asked for. */
function namesIn(fd: number, path: string): readonly string[] | Failure {
  const names: string[] = [];
  for (;;) {
    const length = syscall.getdents64(fd, entries, entries.length);
    if (length < 0) return failureAt(path);
    // Sorted as scandir(3) would: many programs read the files of a folder in that order.
    if (length === 0) return names.sort();
    for (let at = 0; at < length; at += entries.readUInt16LE(at + RECORD_AT)) {
      const name = nameAt(at + NAME_AT);
      if (name !== '.' && name !== '..') names.push(name);
    }
  }
}

/** Ends with NUL. */
function nameAt(start: number): string {
  const end = entries.indexOf(0, start);
  const name = entries.toString('utf8', start, end);
  return name.includes('\ufffd') ? lineText(entries.subarray(start, end)) : name;
}

function statHere(path: string): FileStat | Failure {
  const refused = refusal(path, false);
  if (refused !== undefined) return refused;
  const stat = statOf(AT_FDCWD, path, path);
  const bytes = 'error' in stat ? otherName(stat) : undefined;
  return bytes === undefined ? stat : statOf(AT_FDCWD, bytes, path);
}

function linkHere(path: string): string | Failure {
  const refused = refusal(path, false);
  if (refused !== undefined) return refused;
  const length = libc.readlink(path, scratch, MAX_LINK_BYTES);
  return length >= 0 ? scratch.toString('utf8', 0, length) : failureAt(path);
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

/** Filled and copied within one call. */
const scratch = Buffer.alloc(SCRATCH_BYTES);
const entries = Buffer.alloc(SCRATCH_BYTES);
const statx = Buffer.alloc(256);

interface Reading {
  readonly path: string;
  readonly maxBytes: number;
  /** False for what the kernel writes while it is read: its size says 0, and nothing else but a folder is among it. */
  readonly sized: boolean;
}

function readAll(fd: number, reading: Reading): Buffer | Failure {
  const { path, maxBytes, sized } = reading;
  if (!sized) return readUntil(fd, reading, 0);
  const stat = statOf(fd, '', path);
  if ('error' in stat) return stat;
  if (stat.type !== 'file') return { error: stat.type === 'directory' ? 'EISDIR' : 'EINVAL', path };
  return stat.sizeBytes > maxBytes ? { error: 'EFBIG', path } : readUntil(fd, reading, stat.sizeBytes);
}

/** Whatever says how long it is and gave so much has been read: most files cost no question for their end. */
function readUntil(fd: number, { path, maxBytes }: Reading, sizeBytes: number): Buffer | Failure {
  let buffer: Buffer = sizeBytes < SCRATCH_BYTES ? scratch : Buffer.allocUnsafe(Math.min(maxBytes, sizeBytes) + 1);
  let length = 0;
  for (let read = -1; read !== 0 && (length === 0 || length !== sizeBytes); ) {
    if (length === buffer.length) buffer = enlarged(buffer, maxBytes + 1);
    read = libc.read(fd, length === 0 ? buffer : buffer.subarray(length), buffer.length - length);
    if (read < 0 && lastError() !== 'EINTR') return failureAt(path);
    length += Math.max(0, read);
    if (length > maxBytes) return { error: 'EFBIG', path };
  }
  return buffer === scratch ? Buffer.from(scratch.subarray(0, length)) : buffer.subarray(0, length);
}

/** Four times as long, and no longer than that. */
function enlarged(buffer: Buffer, maxBytes: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.min(maxBytes, buffer.length * 4));
  buffer.copy(larger);
  return larger;
}

function linkOf(fd: number, path: string): string | Failure {
  // An empty path reads the link that O_PATH|O_NOFOLLOW has opened; readlinkat(2). It says ENOENT for what is no link.
  const length = libc.readlinkat(fd, '', scratch, MAX_LINK_BYTES);
  if (length >= 0) return scratch.toString('utf8', 0, length);
  const failure = failureAt(path);
  return failure.error === 'ENOENT' ? { error: 'EINVAL', path } : failure;
}

/** Of what is open, with name "", or of a name; `path` is for the message. struct statx: include/uapi/linux/stat.h. */
function statOf(dir: number, name: Name, path: string): FileStat | Failure {
  const flags = AT_NO_AUTOMOUNT | (name === '' ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW);
  if (libc.statx(dir, name, flags, STATX_BASIC_STATS, statx) !== 0) return failureAt(path);
  const mode = statx.readUInt16LE(28);
  return {
    type: fileTypeOf(mode),
    mode: mode & 0o7777,
    uid: statx.readUInt32LE(20),
    gid: statx.readUInt32LE(24),
    sizeBytes: numberAt(40),
    mtimeMs: timeMsAt(112),
    ctimeMs: timeMsAt(96),
    inode: numberAt(32),
  };
}

/** u64, as far as a number is exact. */
function numberAt(offset: number): number {
  return statx.readUInt32LE(offset + 4) * 0x1_0000_0000 + statx.readUInt32LE(offset);
}

/** struct statx_timestamp: seconds i64, nanoseconds u32. Reckoned as Node does, for earlier answers were remembered. */
function timeMsAt(offset: number): number {
  const seconds = statx.readInt32LE(offset + 4) * 0x1_0000_0000 + statx.readUInt32LE(offset);
  return seconds * 1000 + statx.readUInt32LE(offset + 8) / 1e6;
}

/** An error of Node's fs as data; what is no system error is thrown on. */
function failureOf(error: unknown, path: string): Failure {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error) {
    return { error: error.code, path };
  }
  throw error;
}

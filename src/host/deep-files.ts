/** Files with everything that the kernel keeps about them, read folder by folder: statx(2), getdents64(2), xattr(7). */

import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { byteText } from '#lib/byte-text.ts';
import { type Failure, type FileStat, type Files, isFailure } from '#model/host.ts';
import type { DeepFiles, DeepFolder, DeepStat, FolderEntry } from '#model/integrity.ts';
import { declare, failureAt, lastError, libc, type Name, O } from './ffi.ts';
import { comesFromElsewhere, holdsFiles, readMounts } from './mounts.ts';

/* oxlint-disable max-params -- the signatures are libc's. */
const statx = declare<(dir: number, path: Name, flags: number, mask: number, result: Uint8Array) => number>(
  'int statx(int dirfd, const char *path, int flags, unsigned int mask, void *statxbuf)',
);
const llistxattr = declare<(path: Name, list: Uint8Array | null, size: number) => number>(
  'intptr_t llistxattr(const char *path, void *list, size_t size)',
);
const lgetxattr = declare<(path: Name, name: string, value: Uint8Array | null, size: number) => number>(
  'intptr_t lgetxattr(const char *path, const char *name, void *value, size_t size)',
);
/* oxlint-enable max-params */

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const STATX_BASIC_AND_BIRTH = 0xfff;
const ATTRIBUTE_IMMUTABLE = 0x10;
const ATTRIBUTE_APPEND = 0x20;
const TYPE_FOLDER = 4;
const TYPE_UNKNOWN = 0;
/** About a thousand entries. */
const FOLDER_BYTES = 32 << 10;
const PIECE_BYTES = 1 << 20;
/** The kernel's own bound (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const ATTRIBUTE_BYTES = 64 << 10;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** Buffers are shared by all calls: nothing here waits between filling one and reading it. */
const statBytes = Buffer.alloc(256);
const attributeBytes = Buffer.alloc(ATTRIBUTE_BYTES);
const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

export function openDeepFiles(files: Files): DeepFiles {
  return {
    open: openFolder,
    stat: (path) => statOf(AT_FDCWD, path, path),
    attributes,
    head,
    digest,
    foreign() {
      const foreign = new Set<string>();
      for (const mount of readMounts(files).all)
        if (!holdsFiles(mount) || comesFromElsewhere(mount)) foreign.add(mount.point);
      return foreign;
    },
  };
}

function openFolder(path: string): DeepFolder | Failure {
  const fd = libc.open(path, O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC | O.NONBLOCK, 0);
  if (fd < 0) return failureAt(path);
  const buffer = Buffer.allocUnsafe(FOLDER_BYTES);
  return {
    next() {
      const length = libc.getdents64(fd, buffer, FOLDER_BYTES);
      return length <= 0 ? [] : entriesIn(buffer, length, fd);
    },
    stat: ({ bytes }) => statOf(fd, bytes, path),
    [Symbol.dispose]() {
      libc.close(fd);
    },
  };
}

/** struct linux_dirent64: ino u64@0, off i64@8, reclen u16@16, type u8@18, name@19. */
function entriesIn(buffer: Buffer, length: number, fd: number): FolderEntry[] {
  const entries: FolderEntry[] = [];
  for (let at = 0; at < length; at += buffer.readUInt16LE(at + 16)) {
    const end = buffer.indexOf(0, at + 19);
    const bytes = buffer.subarray(at + 19, end + 1);
    const name = byteText(buffer.subarray(at + 19, end));
    if (name === '.' || name === '..') continue;
    const type = buffer[at + 18];
    entries.push({ name, bytes, folder: type === TYPE_FOLDER || (type === TYPE_UNKNOWN && isFolder(fd, bytes)) });
  }
  return entries;
}

function isFolder(fd: number, bytes: Uint8Array): boolean {
  const stat = statOf(fd, bytes, '');
  return !isFailure(stat) && stat.type === 'directory';
}

function statOf(dir: number, name: Name, path: string): DeepStat | Failure {
  const result = statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_AND_BIRTH, statBytes);
  if (result < 0) return failureAt(path);
  const mode = statBytes.readUInt16LE(28);
  const flags = statBytes.readUInt32LE(8);
  return {
    type: typeOf(mode),
    mode: mode & 0o7777,
    uid: statBytes.readUInt32LE(20),
    gid: statBytes.readUInt32LE(24),
    links: statBytes.readUInt32LE(16),
    inode: wide(32),
    sizeBytes: wide(40),
    bornMs: timeAt(80),
    ctimeMs: timeAt(96),
    mtimeMs: timeAt(112),
    device: `${statBytes.readUInt32LE(136)}:${statBytes.readUInt32LE(140)}`,
    immutable: (flags & ATTRIBUTE_IMMUTABLE) !== 0,
    appendOnly: (flags & ATTRIBUTE_APPEND) !== 0,
  };
}

function wide(at: number): number {
  return statBytes.readUInt32LE(at) + statBytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** struct statx_timestamp: seconds i64, nanoseconds u32. */
function timeAt(at: number): number {
  const seconds = statBytes.readUInt32LE(at) + statBytes.readInt32LE(at + 4) * 2 ** 32;
  return seconds * 1000 + statBytes.readUInt32LE(at + 8) / 1e6;
}

function typeOf(mode: number): FileStat['type'] {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'directory';
    case constants.S_IFSOCK:
      return 'socket';
    case constants.S_IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}

function attributes(path: string): ReadonlyMap<string, Buffer> | Failure {
  const length = llistxattr(path, attributeBytes, ATTRIBUTE_BYTES);
  const found = new Map<string, Buffer>();
  if (length < 0) return lastError() === 'EOPNOTSUPP' ? found : failureAt(path);
  const names = attributeBytes.toString('utf8', 0, length).split('\0');
  for (const name of names.filter((each) => each !== '').sort()) {
    const size = lgetxattr(path, name, attributeBytes, ATTRIBUTE_BYTES);
    if (size >= 0) found.set(name, Buffer.from(attributeBytes.subarray(0, size)));
  }
  return found;
}

/** O_NONBLOCK: a FIFO or device that somebody planted must not stop us. */
function opened<T>(path: string, act: (fd: number, sizeBytes: number) => T): T | Failure {
  let fd: number;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  } catch (error) {
    return failed(error, path);
  }
  try {
    const stat = fstatSync(fd);
    return stat.isFile() ? act(fd, stat.size) : { error: 'EINVAL', path };
  } catch (error) {
    return failed(error, path);
  } finally {
    closeSync(fd);
  }
}

function head(path: string, bytes: number): Buffer | Failure {
  return opened(path, (fd) => {
    const buffer = Buffer.alloc(bytes);
    return buffer.subarray(0, readSync(fd, buffer, 0, bytes, 0));
  });
}

/** A file of one piece is read and hashed in one go; of a larger one the descriptor is kept while others run. */
async function digest(path: string, algorithm: 'md5' | 'sha256', rest: () => Promise<void>): Promise<string | Failure> {
  const small = opened(path, (fd, sizeBytes) => {
    if (sizeBytes >= PIECE_BYTES) return undefined;
    const length = readSync(fd, piece, 0, PIECE_BYTES, null);
    return length < PIECE_BYTES ? hash(algorithm, piece.subarray(0, length), 'hex') : undefined;
  });
  return small ?? (await digestLarge(path, algorithm, rest));
}

async function digestLarge(
  path: string,
  algorithm: 'md5' | 'sha256',
  rest: () => Promise<void>,
): Promise<string | Failure> {
  const hasher = createHash(algorithm);
  let fd: number | undefined;
  try {
    fd = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    for (;;) {
      const length = readSync(fd, piece, 0, PIECE_BYTES, null);
      if (length === 0) return hasher.digest('hex');
      hasher.update(piece.subarray(0, length));
      await rest();
    }
  } catch (error) {
    return failed(error, path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function failed(error: unknown, path: string): Failure {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error)
    return { error: error.code, path };
  throw error;
}

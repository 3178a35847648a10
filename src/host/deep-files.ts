/** Files with everything that the kernel keeps about them, read folder by folder: statx(2), getdents64(2), xattr(7). */

import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { bytesOfText, byteText } from '#lib/byte-text.ts';
import { type Failure, type Files, isFailure } from '#model/host.ts';
import type { DeepFiles, DeepFolder, DeepStat, FolderEntry } from '#model/integrity.ts';
import { declare, failureAt, lastError, libc, type Name, O, syscall } from './ffi.ts';
import { fileTypeOf } from './file-type.ts';
import { comesFromElsewhere, holdsFiles, isWithin, readMounts } from './mounts.ts';
import { mayStall } from './stalling-mounts.ts';

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
/** Which files are ours is asked this often. */
const OURS_MS = 1000;
/** About a thousand entries. */
const FOLDER_BYTES = 32 << 10;
const PIECE_BYTES = 1 << 20;
/** The kernel's own bound (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const ATTRIBUTE_BYTES = 64 << 10;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/** Buffers of folders that were closed: a walk opens a hundred thousand, one after another. */
const spare: Buffer[] = [];
const MAX_SPARE = 4;

/** Buffers are shared by all calls: nothing here waits between filling one and reading it. */
const statBytes = Buffer.alloc(256);
const attributeBytes = Buffer.alloc(ATTRIBUTE_BYTES);
const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);

/**
 * `untouched`: a folder whose files must never be opened here, our own databases. Closing any descriptor of a file drops
 * all locks that this process holds on it (fcntl(2)): another process would take SQLite's shared memory for left over
 * and truncate it, and the next access would be a SIGBUS.
 */
export function openDeepFiles(files: Files, untouched: string): DeepFiles {
  const refused = refusing(untouched);
  return {
    open: openFolder,
    stat: (path) => mayStall(path, false) ?? statOf(AT_FDCWD, named(path), path),
    attributes: (path) => mayStall(path) ?? attributes(path),
    head: (path, bytes) => refused(path) ?? head(path, bytes),
    digest: (path, algorithm, rest) => {
      const refusal = refused(path);
      return refusal === undefined ? digest(path, algorithm, rest) : Promise.resolve(refusal);
    },
    foreign() {
      const foreign = new Set<string>();
      for (const mount of readMounts(files).all)
        if (!holdsFiles(mount) || comesFromElsewhere(mount)) foreign.add(mount.point);
      return foreign;
    },
  };
}

/** Also under another name: a bind mount, a hard link. */
function refusing(untouched: string): (path: string) => Failure | undefined {
  let askedMs = Number.NEGATIVE_INFINITY;
  let ours = new Set<string>();
  const identity = (path: string): string => {
    const stat = statOf(AT_FDCWD, named(path), path);
    return isFailure(stat) ? '' : `${stat.device} ${stat.inode}`;
  };
  return (path) => {
    const stalls = mayStall(path, false);
    if (stalls !== undefined) return stalls;
    const nowMs = performance.now();
    if (nowMs - askedMs > OURS_MS) {
      askedMs = nowMs;
      ours = new Set(namesIn(untouched).map((name) => identity(`${untouched}/${name}`)));
    }
    return isWithin(path, untouched) || ours.has(identity(path)) ? { error: 'EBUSY', path } : undefined;
  };
}

/** Names that are no UTF-8 are listed as text (`byteText`): the bytes that it stands for and NUL, where no file has that text for a name. */
function named(path: string): Name {
  const bytes = path.includes('\\x') ? bytesOfText(path) : undefined;
  if (bytes === undefined || !isFailure(statOf(AT_FDCWD, path, path))) return path;
  return Buffer.concat([bytes, Buffer.alloc(1)]);
}

/** For calls of Node, which end a name themselves. */
function withoutEnd(name: Name): string | Buffer {
  return typeof name === 'string' ? name : Buffer.from(name.subarray(0, -1));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

function openFolder(path: string): DeepFolder | Failure {
  const stalls = mayStall(path, false);
  if (stalls !== undefined) return stalls;
  const fd = libc.open(named(path), O.RDONLY | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC | O.NONBLOCK, 0);
  if (fd < 0) return failureAt(path);
  const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(FOLDER_BYTES);
  let open = true;
  return {
    next() {
      const length = syscall.getdents64(fd, buffer, FOLDER_BYTES);
      return length <= 0 ? [] : entriesIn(buffer, length, fd);
    },
    // Somebody may have mounted something there while the walk went on.
    stat: ({ name, bytes, folder }) =>
      (folder ? mayStall(path === '/' ? `/${name}` : `${path}/${name}`, false) : undefined) ?? statOf(fd, bytes, path),
    [Symbol.dispose]() {
      if (!open) return;
      open = false;
      libc.close(fd);
      if (spare.length < MAX_SPARE) spare.push(buffer);
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
    type: fileTypeOf(mode),
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

function attributes(path: string): ReadonlyMap<string, Buffer> | Failure {
  const name = named(path);
  const length = llistxattr(name, attributeBytes, ATTRIBUTE_BYTES);
  const found = new Map<string, Buffer>();
  if (length < 0) return lastError() === 'EOPNOTSUPP' ? found : failureAt(path);
  const names = attributeBytes.toString('utf8', 0, length).split('\0');
  for (const attribute of names.filter((each) => each !== '').sort()) {
    const size = lgetxattr(name, attribute, attributeBytes, ATTRIBUTE_BYTES);
    if (size >= 0) found.set(attribute, Buffer.from(attributeBytes.subarray(0, size)));
  }
  return found;
}

/** O_NONBLOCK: a FIFO or device that somebody planted must not stop us. */
function opened<T>(path: string, act: (fd: number, sizeBytes: number) => T): T | Failure {
  let fd: number;
  try {
    fd = openSync(withoutEnd(named(path)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
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
  // Through the shared piece: a fresh buffer for each of thousands of files would only be garbage.
  return opened(path, (fd) => Buffer.from(piece.subarray(0, readSync(fd, piece, 0, Math.min(bytes, PIECE_BYTES), 0))));
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
    fd = openSync(withoutEnd(named(path)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
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

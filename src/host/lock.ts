/** A lock that the kernel keeps: it goes with its process, however that ends. */

import { parseUint } from '#lib/parse-uint.ts';
import type { Failure } from '#model/host.ts';
import { failureAt, lastError, libc, O } from './ffi.ts';

/** A held lock. Disposing of it lets go; the file stays. */
export interface Lock extends Disposable {
  readonly path: string;
}

/** The lock is held by somebody else, or could not be taken. `holderPid` is 0 when nobody could be named. */
export interface LockFailure extends Failure {
  readonly holderPid: number;
}

const LOCK_EX_NB = 2 | 4; // sys/file.h
// fcntl.h, 64 bit; struct flock: short type, short whence, 4 free, i64 start, i64 length, i32 pid, 4 free.
const F_GETLK = 5;
const FLOCK_BYTES = 32;
const F_RDLCK = 0;
const F_UNLCK = 2;

/**
 * Takes the lock on `path` (made with mode 0600 when absent, a symbolic link is refused) and writes our pid into it.
 * Never waits: held by another process is a failure with error "EAGAIN" and the holder's pid.
 */
export function lockFile(path: string): Lock | LockFailure {
  const fd = libc.open(path, O.RDWR | O.CREAT | O.CLOEXEC | O.NOFOLLOW | O.NONBLOCK, 0o600);
  if (fd < 0) return { ...failureAt(path), holderPid: 0 };
  // flock and not fcntl: a POSIX lock is lost when any descriptor of the file is closed in this process.
  if (libc.flock(fd, LOCK_EX_NB) !== 0) {
    const error = lastError();
    const holderPid = error === 'EAGAIN' ? pidIn(fd) : 0;
    libc.close(fd);
    return { error, path, holderPid };
  }
  const line = Buffer.from(`${process.pid}\n`);
  if (libc.ftruncate(fd, 0) !== 0 || libc.write(fd, line, line.length) !== line.length) {
    const failure = failureAt(path);
    libc.close(fd);
    return { ...failure, holderPid: 0 };
  }
  let held = true;
  return {
    path,
    [Symbol.dispose]() {
      if (!held) return;
      held = false;
      libc.ftruncate(fd, 0);
      libc.close(fd);
    },
  };
}

/** Pid that holds the lock on `path`; 0 when nobody does, or it cannot be told. */
export function lockHolder(path: string): number {
  const fd = libc.open(path, O.RDONLY | O.CLOEXEC | O.NOFOLLOW | O.NONBLOCK, 0);
  if (fd < 0) return 0;
  // A shared lock is refused only while somebody holds the exclusive one.
  const LOCK_SH_NB = 1 | 4;
  const held = libc.flock(fd, LOCK_SH_NB) !== 0 && lastError() === 'EAGAIN';
  const pid = held ? pidIn(fd) : 0;
  libc.close(fd);
  return pid;
}

/**
 * Whether another process holds a POSIX lock for writing on `path`, as dpkg and apt do (fcntl(2), F_GETLK); undefined when
 * the file cannot be opened, false when there is none. Not for a file that this process has locked that way itself:
 * closing any descriptor of it lets such a lock go.
 */
export function isPosixLocked(path: string): boolean | undefined {
  const fd = libc.open(path, O.RDONLY | O.CLOEXEC | O.NOFOLLOW | O.NONBLOCK, 0);
  if (fd < 0) return lastError() === 'ENOENT' ? false : undefined;
  const wanted = Buffer.alloc(FLOCK_BYTES);
  wanted.writeInt16LE(F_RDLCK, 0);
  const asked = libc.fcntlBytes(fd, F_GETLK, wanted) === 0;
  libc.close(fd);
  return asked ? wanted.readInt16LE(0) !== F_UNLCK : undefined;
}

function pidIn(fd: number): number {
  const buffer = Buffer.alloc(16);
  const length = libc.pread(fd, buffer, buffer.length, 0);
  return length > 0 ? (parseUint(buffer.toString('latin1', 0, length).trim(), 0x7f_ff_ff_ff) ?? 0) : 0;
}

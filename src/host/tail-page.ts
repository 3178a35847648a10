/**
 * Empties a file that others write to, and keeps what they wrote since we last read. The last page of the file is held
 * by a pipe (vmsplice(2) takes a reference to the page itself, not a copy): bytes that are written between our last read
 * and ftruncate(2) land in that very page, and are still there when the file no longer has it. Holds for every file
 * system that writes through the page cache (tmpfs, btrfs, NFS, overlayfs, ext4, XFS), not for O_DIRECT.
 */

import type { Failure } from '#model/host.ts';
import { declare, failureAt, libc } from './ffi.ts';

const PROT_READ = 1;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;
const SPLICE_F_NONBLOCK = 2;
const CLOEXEC_NONBLOCK = 0o2004000;

const pipe2 = declare<(fds: Uint8Array, flags: number) => number>('int pipe2(void *fds, int flags)');
const vmsplice = declare<(fd: number, vectors: Uint8Array, count: number, flags: number) => number>(
  'intptr_t vmsplice(int fd, const void *iov, size_t n, unsigned int flags)',
);
const sched = {
  getscheduler: declare<(pid: number) => number>('int sched_getscheduler(int pid)'),
  getparam: declare<(pid: number, parameter: Uint8Array) => number>('int sched_getparam(int pid, void *param)'),
  setscheduler: declare<(pid: number, policy: number, parameter: Uint8Array) => number>(
    'int sched_setscheduler(int pid, int policy, const void *param)',
  ),
};
const SCHED_FIFO = 1;
/** struct sched_param: priority i32. */
const LOWEST = Buffer.from(new Int32Array([1]).buffer);
/** Bytes of a page on this kernel: 4,096, or 16 or 64 KiB on some arm64. */
export const pageBytes = declare<() => number>('int getpagesize()')();

/** What was in the file behind the place that was read to, when it was emptied. */
export interface Tail {
  /** Zeros at its end cannot be told from the empty rest of a page, and are left out. */
  readonly rest: Buffer;
  /** The page was full to its end, so more may have been written behind it than we hold. */
  readonly full: boolean;
  /** The furthest position of the writers right afterwards; undefined when no page was full, or none could be asked. */
  readonly furthest: number | undefined;
}

/** The last page of a file, held. Disposing of it lets go. */
export interface HeldPage extends Disposable {
  /**
   * Truncates the file to 0, and gives what stood behind `from`. `writers` are open descriptors of /proc/PID/fdinfo/FD of
   * those who append: a position beyond the page tells how much was written there (proc_pid_fdinfo(5)).
   */
  cut(writers: readonly number[]): Tail | Failure;
}

/**
 * Holds the page of `fd` (open for reading and writing) in which `from`, the end of the file a moment ago, lies. A
 * failure with EINVAL when `from` is where a page begins: that page is not there yet.
 */
export function holdTail(fd: number, from: number): HeldPage | Failure {
  const inPage = from % pageBytes;
  if (inPage === 0) return { error: 'EINVAL', path: String(fd) };
  const pipe = Buffer.alloc(8);
  if (pipe2(pipe, CLOEXEC_NONBLOCK) !== 0) return failureAt('pipe');
  const ends = [pipe.readInt32LE(0), pipe.readInt32LE(4)] as const;
  const letGo = (): void => {
    for (const end of ends) libc.close(end);
  };
  const failed = fill(ends[1], fd, from - inPage);
  if (failed !== undefined) {
    letGo();
    return failed;
  }
  // Made now: between looking at the size and truncating nothing should be allocated, for that may collect garbage.
  const page = Buffer.alloc(pageBytes);
  return {
    cut(writers) {
      if (libc.ftruncate(fd, 0) !== 0) return failureAt(String(fd));
      if (libc.read(ends[0], page, pageBytes) !== pageBytes) return failureAt('pipe');
      const full = page[pageBytes - 1] !== 0;
      const furthest = full ? furthestOf(writers) : undefined;
      return { rest: withoutZeros(page.subarray(inPage)), full, furthest };
    },
    [Symbol.dispose]: letGo,
  };
}

function fill(writer: number, fd: number, at: number): Failure | undefined {
  const address = libc.mmap(null, pageBytes, PROT_READ, MAP_SHARED, fd, at);
  if (address === MAP_FAILED) return failureAt('mmap');
  // struct iovec: base u64, length u64.
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(address, 0);
  vector.writeBigUInt64LE(BigInt(pageBytes), 8);
  const failed = vmsplice(writer, vector, 1, SPLICE_F_NONBLOCK) === pageBytes ? undefined : failureAt('vmsplice');
  libc.munmap(address, pageBytes);
  return failed;
}

function furthestOf(writers: readonly number[]): number | undefined {
  const text = Buffer.alloc(256);
  let furthest: number | undefined;
  for (const writer of writers) {
    const got = libc.pread(writer, text, text.length, 0);
    const position = got > 0 ? /^pos:\s*(\d{1,15})$/m.exec(text.toString('latin1', 0, got))?.[1] : undefined;
    if (position !== undefined) furthest = Math.max(furthest ?? 0, Number(position));
  }
  return furthest;
}

/**
 * Runs `action`, which must be short and wait for nothing, at the lowest real-time priority: on a busy host we would lose
 * the processor just between looking at a file and truncating it, for milliseconds. Where that is not allowed (sched(7):
 * CAP_SYS_NICE), it runs as we are.
 */
export function urgently<T>(action: () => T): T {
  const before = sched.getscheduler(0);
  const parameter = Buffer.alloc(4);
  const known = before >= 0 && sched.getparam(0, parameter) === 0;
  const raised = known && before !== SCHED_FIFO && sched.setscheduler(0, SCHED_FIFO, LOWEST) === 0;
  try {
    return action();
  } finally {
    if (raised) sched.setscheduler(0, before, parameter);
  }
}

function withoutZeros(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

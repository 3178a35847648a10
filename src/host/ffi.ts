/**
 * The table of libc functions: the one place where native code is declared. Calls are synchronous (about 50 ns each
 * beside the system call); on failure they return -1 and `lastError` has the errno of this thread, to be read at once.
 * Never resize a buffer that a call is using. See docs/decisions/0010-koffi-behind-one-file.md.
 */

/* oxlint-disable max-params -- the signatures are libc's. */

import koffi from 'koffi';
import { machine } from '#lib/machine.ts';
import type { Failure } from '#model/host.ts';

/** A file name: text, or bytes that end with NUL (names are bytes; text would lose what is not UTF-8). */
export type Name = string | Uint8Array;

// koffi.load(null): the symbols of the process itself, so the libc that Node is linked to, whatever its file is called.
const self = koffi.load(null);

/** Declares a function of libc once; the type argument is its signature in TypeScript. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- C knows no TypeScript: this is where they meet.
export function declare<F extends (...args: never[]) => unknown>(definition: string): F {
  return self.func(definition) as unknown as F;
}

type Fd = number;
type Bytes = Uint8Array;

const AT_FDCWD = -100;
const O_PATH_DIRECTORY_CLOEXEC = 0o12_200_000;
const openat = declare<(dir: Fd, path: Name, flags: number, mode: number) => Fd>(
  'int openat(int dir, const char *path, int flags, int mode)',
);
const readlinkat = declare<(dir: Fd, path: Name, buffer: Bytes, length: number) => number>(
  'intptr_t readlinkat(int dir, const char *path, void *buf, size_t n)',
);
const statx = declare<(dir: Fd, path: Name, flags: number, mask: number, statx: Bytes) => number>(
  'int statx(int dir, const char *path, int flags, unsigned int mask, void *statx)',
);

/**
 * Paths below /proc are walked from here: whoever mounts something over /proc hides everything from everybody who comes by
 * the name, and not from us. A mount below it (over /proc/PID) is met as by the name.
 */
let proc: Fd | undefined;

function procFolder(): Fd {
  proc ??= openat(AT_FDCWD, '/proc', O_PATH_DIRECTORY_CLOEXEC, 0);
  return proc;
}

/** What `path` is called below /proc; undefined for what does not lie there or is given as bytes. */
function belowProc(path: Name): string | undefined {
  if (typeof path !== 'string' || !path.startsWith('/proc')) return undefined;
  if (path.length === 5) return procFolder() < 0 ? undefined : '.';
  if (path.charAt(5) !== '/' || path.charAt(6) === '/' || procFolder() < 0) return undefined;
  return path.length === 6 ? '.' : path.slice(6);
}

/** Functions of libc, by name; see the man pages (section 2). -1: see `lastError`. */
export const libc = {
  open(path: Name, flags: number, mode: number): Fd {
    const name = belowProc(path);
    return name === undefined ? openat(AT_FDCWD, path, flags, mode) : openat(procFolder(), name, flags, mode);
  },
  openat,
  close: declare<(fd: Fd) => number>('int close(int fd)'),
  dup: declare<(fd: Fd) => Fd>('int dup(int fd)'),
  read: declare<(fd: Fd, buffer: Bytes, length: number) => number>('intptr_t read(int fd, void *buf, size_t n)'),
  pread: declare<(fd: Fd, buffer: Bytes, length: number, offset: number) => number>(
    'intptr_t pread(int fd, void *buf, size_t n, int64_t offset)',
  ),
  write: declare<(fd: Fd, buffer: Bytes, length: number) => number>(
    'intptr_t write(int fd, const void *buf, size_t n)',
  ),
  lseek: declare<(fd: Fd, offset: number, whence: number) => number>(
    'int64_t lseek(int fd, int64_t offset, int whence)',
  ),
  fstatfs: declare<(fd: Fd, statfs: Bytes) => number>('int fstatfs(int fd, void *statfs)'),
  ftruncate: declare<(fd: Fd, length: number) => number>('int ftruncate(int fd, int64_t length)'),
  readlink(path: Name, buffer: Bytes, length: number): number {
    const name = belowProc(path);
    return name === undefined
      ? readlinkat(AT_FDCWD, path, buffer, length)
      : readlinkat(procFolder(), name, buffer, length);
  },
  readlinkat,
  /**
   * As `readlinkat`, by the addresses of two buffers as numbers (they have at most 52 bits), kept by an Arena: a sixth
   * of the cost of a call that is made for every descriptor on the host.
   */
  readlinkatAddress: declare<(dir: Fd, path: number, buffer: number, length: number) => number>(
    'intptr_t readlinkat(int dir, uintptr_t path, uintptr_t buf, size_t n)',
  ),
  /** struct statx is the same on all machines; see `statOf` in files.ts. */
  statx(dir: Fd, path: Name, flags: number, mask: number, into: Bytes): number {
    const name = dir === AT_FDCWD ? belowProc(path) : undefined;
    return name === undefined ? statx(dir, path, flags, mask, into) : statx(procFolder(), name, flags, mask, into);
  },
  mkdir: declare<(path: Name, mode: number) => number>('int mkdir(const char *path, int mode)'),
  rmdir: declare<(path: Name) => number>('int rmdir(const char *path)'),
  flock: declare<(fd: Fd, operation: number) => number>('int flock(int fd, int operation)'),
  fcntl: declare<(fd: Fd, command: number, argument: number) => number>('int fcntl(int fd, int cmd, long arg)'),
  fcntlBytes: declare<(fd: Fd, command: number, argument: Bytes) => number>('int fcntl(int fd, int cmd, void *arg)'),
  ioctl: declare<(fd: Fd, request: number, argument: Bytes | null) => number>(
    'int ioctl(int fd, unsigned long request, void *arg)',
  ),
  ioctlNumber: declare<(fd: Fd, request: number, argument: number) => number>(
    'int ioctl(int fd, unsigned long request, unsigned long arg)',
  ),
  socket: declare<(family: number, type: number, protocol: number) => Fd>(
    'int socket(int family, int type, int proto)',
  ),
  bind: declare<(fd: Fd, address: Bytes, length: number) => number>('int bind(int fd, const void *addr, uint32_t len)'),
  connect: declare<(fd: Fd, address: Bytes, length: number) => number>(
    'int connect(int fd, const void *addr, uint32_t len)',
  ),
  listen: declare<(fd: Fd, backlog: number) => number>('int listen(int fd, int backlog)'),
  getsockname: declare<(fd: Fd, address: Bytes, length: Bytes) => number>(
    'int getsockname(int fd, void *addr, void *len)',
  ),
  setsockopt: declare<(fd: Fd, level: number, option: number, value: Bytes, length: number) => number>(
    'int setsockopt(int fd, int level, int opt, const void *val, uint32_t len)',
  ),
  /** `length` is a u32 that is read and written. */
  getsockopt: declare<(fd: Fd, level: number, option: number, value: Bytes, length: Bytes) => number>(
    'int getsockopt(int fd, int level, int opt, void *val, void *len)',
  ),
  send: declare<(fd: Fd, buffer: Bytes, length: number, flags: number) => number>(
    'intptr_t send(int fd, const void *buf, size_t n, int flags)',
  ),
  sendto: declare<(fd: Fd, buffer: Bytes, length: number, flags: number, address: Bytes, size: number) => number>(
    'intptr_t sendto(int fd, const void *buf, size_t n, int flags, const void *addr, uint32_t len)',
  ),
  /** With MSG_TRUNC the real length comes back also when the buffer was too short. */
  recv: declare<(fd: Fd, buffer: Bytes, length: number, flags: number) => number>(
    'intptr_t recv(int fd, void *buf, size_t n, int flags)',
  ),
  recvmsg: declare<(fd: Fd, message: Bytes, flags: number) => number>('intptr_t recvmsg(int fd, void *msg, int flags)'),
  recvmmsg: declare<(fd: Fd, messages: Bytes, count: number, flags: number, timeout: Bytes | null) => number>(
    'int recvmmsg(int fd, void *msgs, unsigned int n, int flags, void *timeout)',
  ),
  /** Moves the calling thread only: never await anything between there and back. */
  setns: declare<(fd: Fd, type: number) => number>('int setns(int fd, int type)'),
  /** MAP_FAILED is 2n ** 64n - 1n here. */
  mmap: declare<(at: null, length: number, prot: number, flags: number, fd: Fd, offset: number) => bigint>(
    'void *mmap(void *at, size_t n, int prot, int flags, int fd, int64_t offset)',
  ),
  munmap: declare<(at: bigint, length: number) => number>('int munmap(void *at, size_t n)'),
  /** struct rlimit: soft u64@0, hard u64@8. */
  setrlimit: declare<(resource: number, limit: Bytes) => number>('int setrlimit(int resource, const void *limit)'),
  prctl: declare<(option: number, value: number) => number>('int prctl(int option, unsigned long value)'),
  /** struct timespec: seconds i64@0, nanoseconds i64@8. */
  clockGettime: declare<(clock: number, timespec: Bytes) => number>('int clock_gettime(int clock, void *timespec)'),
} as const;

const rawBpf = declare<(number: number, command: number, attributes: Bytes, size: number) => number>(
  'long syscall(long number, int cmd, void *attr, unsigned int size)',
);
const rawFsopen = declare<(number: number, name: string, flags: number) => Fd>(
  'long syscall(long number, const char *name, unsigned int flags)',
);
const rawFsconfig = declare<
  (number: number, fd: Fd, command: number, key: string | null, value: string | null, aux: number) => number
>('long syscall(long number, int fd, unsigned int cmd, const char *key, const char *value, int aux)');
const rawNumbers = declare<(number: number, a: number, b: number, c: number) => number>(
  'long syscall(long number, long a, long b, long c)',
);

const rawOpenat2 = declare<(number: number, dir: Fd, path: string, how: Bytes, size: number) => Fd>(
  'long syscall(long number, int dir, const char *path, void *how, size_t size)',
);

const rawFstat = declare<(number: number, fd: Fd, stat: Bytes) => number>(
  'long syscall(long number, int fd, void *stat)',
);
const rawGetdents64 = declare<(number: number, fd: Fd, buffer: Bytes, length: number) => number>(
  'long syscall(long number, int fd, void *buf, size_t n)',
);

/**
 * System calls that libc has no function for, or only in new versions (fstat: glibc 2.33, getdents64: 2.30; Node needs
 * 2.28, which has statx); -1: see `lastError`.
 */
export const syscall = {
  bpf: (command: number, attributes: Bytes): number => rawBpf(machine.bpf, command, attributes, attributes.length),
  /** struct stat: ino u64@8, size i64@48, the same on both machines; what lies between is not. */
  fstat: (fd: Fd, stat: Bytes): number => rawFstat(machine.fstat, fd, stat),
  /** struct linux_dirent64: ino u64@0, off i64@8, reclen u16@16, type u8@18, name@19. */
  getdents64: (fd: Fd, buffer: Bytes, length: number): number => rawGetdents64(machine.getdents64, fd, buffer, length),
  fsopen: (filesystem: string, flags: number): Fd => rawFsopen(430, filesystem, flags),
  fsconfig: (fd: Fd, command: number, key: string | null, value: string | null): number =>
    rawFsconfig(431, fd, command, key, value, 0),
  fsmount: (fd: Fd, flags: number, attributes: number): Fd => rawNumbers(432, fd, flags, attributes),
  /** `how` is struct open_how: flags u64, mode u64, resolve u64. */
  openat2: (dir: Fd, path: string, how: Bytes): Fd => rawOpenat2(437, dir, path, how, how.length),
  pidfdOpen: (pid: number, flags: number): Fd => rawNumbers(434, pid, flags, 0),
} as const;

/** Flags and numbers that are the same on all machines we run on (x86-64, arm64), except where said. */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  CLOEXEC: 0o2000000,
  PATH: 0o10000000,
  DIRECTORY: machine.O_DIRECTORY,
  NOFOLLOW: machine.O_NOFOLLOW,
} as const;

const aliases = new Set(['EWOULDBLOCK', 'EDEADLOCK', 'ENOTSUP']);
const errnoNames = new Map<number, string>(
  Object.entries(koffi.os.errno)
    .filter(([name]) => !aliases.has(name))
    .map(([name, number]) => [number, name]),
);

/** Number of an errno name on this machine, e.g. 11 for "EAGAIN"; throws for a name that does not exist. */
export function errnoNumber(name: string): number {
  const number = koffi.os.errno[name];
  if (number === undefined) throw new Error(`Unknown errno name "${name}"`);
  return number;
}

/** Name of an errno number, "errno N" when it has none. */
export function errnoName(number: number): string {
  return errnoNames.get(number) ?? `errno ${number}`;
}

/** errno name of the last call that failed, on this thread. */
export function lastError(): string {
  return errnoName(koffi.errno());
}

/** The last call's errno as data, about `path`. */
export function failureAt(path: string): Failure {
  return { error: lastError(), path };
}

/** Address of a buffer. The buffer must stay referenced while the kernel may use it: hand it to an Arena. */
export function addressOf(buffer: Uint8Array): bigint {
  return koffi.address(buffer);
}

/** Zero-copy window on mapped memory; touching it after munmap crashes the process, so drop all views first. */
export function viewOf(address: bigint, lengthBytes: number): ArrayBuffer {
  return koffi.view(address, lengthBytes);
}

/**
 * Owns buffers whose address the kernel or another struct holds. A buffer that is reachable only by its address is
 * garbage to V8, and its memory is written to after it was given away ("unsorted double linked list corrupted").
 */
export class Arena {
  readonly #buffers: Uint8Array[] = [];

  /** A zeroed buffer that lives as long as this arena. */
  alloc(lengthBytes: number): Buffer {
    const buffer = Buffer.alloc(lengthBytes);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** Keeps a buffer for as long as this arena lives. */
  keep<B extends Uint8Array>(buffer: B): B {
    this.#buffers.push(buffer);
    return buffer;
  }

  /** Address of a buffer, which is kept from now on. */
  address(buffer: Uint8Array): bigint {
    return addressOf(this.keep(buffer));
  }

  get size(): number {
    return this.#buffers.length;
  }
}

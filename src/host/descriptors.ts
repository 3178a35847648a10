/** The sockets among the descriptors of one process: the links in /proc/PID/fd, one readlinkat(2) each. */

import type { Slicer } from '#lib/slicer.ts';
import { Arena, addressOf, libc, syscall } from './ffi.ts';
import { numbersIn } from './pids.ts';

/** In /proc/PID/fd the entry of descriptor N is at this position more: "." and ".." come first (proc_readfd_common()). */
const FIRST_ENTRY = 2;
/** From this many descriptors on they are asked for by number. */
const MANY = 48;

/**
 * Calls `onSocket` for each socket in an open /proc/PID/fd. Returns the number of descriptors, or undefined when they
 * cannot be read (see `lastError`).
 *
 * Descriptors mostly are 0, 1, 2 … without a gap. Of a process with many they are asked for by number, and names are read
 * from the first gap on only: reading the names of thousands is a fifth of all the work. With few, the question that
 * finds the gap costs more than it saves.
 */
export async function eachSocket(
  dir: number,
  onSocket: (inode: number, fd: number) => void,
  slicer: Slicer,
): Promise<number | undefined> {
  const count = countIn(dir);
  const next = count < MANY ? 0 : await eachNumbered(dir, onSocket, slicer);
  const rest = numbersIn(dir, next === 0 && count > 0 ? count : undefined);
  if (rest === undefined) return undefined;
  for (const fd of rest) {
    const inode = socketAt(dir, fd);
    if (inode > 0) onSocket(inode, fd);
    if (slicer.due()) await slicer.pause();
  }
  return next + rest.length;
}

/** Asks for 0, 1, 2 … up to the first that is missing, which it returns; names are read from there on. */
async function eachNumbered(
  dir: number,
  onSocket: (inode: number, fd: number) => void,
  slicer: Slicer,
): Promise<number> {
  let next = 0;
  for (let inode = socketAt(dir, next); inode >= 0; inode = socketAt(dir, next)) {
    if (inode > 0) onSocket(inode, next);
    next += 1;
    if (slicer.due()) await slicer.pause();
  }
  libc.lseek(dir, next + FIRST_ENTRY, 0);
  return next;
}

/** Linux 6.2 and newer say how many descriptors there are by the size of the folder (proc_fd_getattr()); others 0. */
function countIn(dir: number): number {
  return syscall.fstat(dir, stat) === 0 ? stat.readUInt32LE(SIZE_AT) : 0;
}

// Both are written and read here and by the kernel only, at addresses that stay.
const arena = new Arena();
const name = arena.alloc(16);
const link = arena.alloc(64);
const stat = arena.alloc(256);
/** st_size in struct stat, on x86-64 and on arm64. */
const SIZE_AT = 48;
const [nameAt, linkAt] = [Number(addressOf(name)), Number(addressOf(link))];
const SOCK = 0x6b636f73; // "sock", little endian; nothing else in /proc/PID/fd begins so and has ":" at 6 but sockets

/** Inode of the socket that a link names; 0 when it is no socket, -1 when there is no such descriptor. */
function socketAt(dir: number, fd: number): number {
  writeName(fd);
  const length = libc.readlinkatAddress(dir, nameAt, linkAt, link.length);
  if (length < 0) return -1;
  // "socket:[12345]"
  if (length < 10 || length > 20 || link.readUInt32LE(0) !== SOCK || link[6] !== 0x3a) return 0;
  let inode = 0;
  for (let at = 8; at < length - 1; at++) inode = inode * 10 + (link[at] ?? 0) - 0x30;
  return inode;
}

/** Writes a descriptor's number as text that ends with NUL. */
function writeName(fd: number): void {
  let end = 1;
  for (let rest = fd; rest >= 10; rest = Math.floor(rest / 10)) end += 1;
  name[end] = 0;
  for (let rest = fd; end > 0; rest = Math.floor(rest / 10)) {
    end -= 1;
    name[end] = 0x30 + (rest % 10);
  }
}

/**
 * Which network namespace a cookie stands for. eBPF gives the socket's own namespace as a cookie (exact, also when the
 * process has moved on); everything else knows namespaces by inode number. SO_NETNS_COOKIE: socket(7), kernel ≥ 5.14.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { libc, O } from './ffi.ts';

export interface NetnsCookies extends Disposable {
  /** Inode number of the namespace; 0 when neither known nor that of process `pid`. */
  namespaceOf(cookie: bigint, pid: number): number;
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;
const CLONE_NEWNET = 0x40000000;
/** Namespaces remembered; the one that was learned first goes. */
const MAX_NAMESPACES = 4096;

export function openNetnsCookies(): NetnsCookies {
  // The thread that calls setns is the main thread: /proc/thread-self is the one to come back to.
  const home = libc.open('/proc/thread-self/ns/net', O.RDONLY | O.CLOEXEC, 0);
  const known = new BoundedMap<bigint, number>(MAX_NAMESPACES);
  const homeInode = inodeOf(home);
  const homeCookie = cookieHere();
  if (homeCookie !== undefined) known.set(homeCookie, homeInode);
  return {
    namespaceOf(cookie, pid) {
      if (cookie === 0n || home < 0) return 0;
      const found = known.get(cookie);
      if (found !== undefined) return found;
      const learned = pid > 0 ? lookThrough(pid, home) : undefined;
      if (learned !== undefined) known.set(learned.cookie, learned.inode);
      return learned?.cookie === cookie ? learned.inode : 0;
    },
    [Symbol.dispose]() {
      if (home >= 0) libc.close(home);
    },
  };
}

/** Goes into the namespace of a process, asks, and comes back; all in one turn of the main thread. */
function lookThrough(pid: number, home: number): { cookie: bigint; inode: number } | undefined {
  const fd = libc.open(`/proc/${pid}/ns/net`, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) return undefined;
  const inode = inodeOf(fd);
  const there = libc.setns(fd, CLONE_NEWNET) === 0;
  const cookie = there ? cookieHere() : undefined;
  // Everything we would say from now on would be about another namespace: nothing is better than that.
  if (there && libc.setns(home, CLONE_NEWNET) !== 0) process.abort();
  libc.close(fd);
  return cookie === undefined || inode === 0 ? undefined : { cookie, inode };
}

function cookieHere(): bigint | undefined {
  const fd = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return undefined;
  const value = Buffer.alloc(8);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(8);
  const failed = libc.getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, value, length) !== 0;
  libc.close(fd);
  return failed ? undefined : value.readBigUInt64LE(0);
}

/** st_ino lies at byte 8 of struct stat on x86-64 and arm64; 0 when it cannot be told. */
function inodeOf(fd: number): number {
  const stat = Buffer.alloc(256);
  return fd >= 0 && libc.fstat(fd, stat) === 0 ? Number(stat.readBigUInt64LE(8)) : 0;
}

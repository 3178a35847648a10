/**
 * Which network namespace a cookie stands for. eBPF gives the socket's own namespace as a cookie (exact, also when the
 * process has moved on); everything else knows namespaces by inode number. SO_NETNS_COOKIE: socket(7), kernel ≥ 5.14.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { isFailure } from '#model/host.ts';
import { libc } from './ffi.ts';
import { inNamespace, inodeAt } from './netns.ts';

export interface NetnsCookies {
  /** Inode number of the namespace; 0 when neither known nor that of process `pid`. */
  namespaceOf(cookie: bigint, pid: number): number;
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;
/** Namespaces remembered; the one that was learned first goes. */
const MAX_NAMESPACES = 4096;

/** Knows our own namespace from the start; learns others through the processes in them. */
export function openNetnsCookies(): NetnsCookies {
  const known = new BoundedMap<bigint, number>(MAX_NAMESPACES);
  const here = inodeAt('/proc/thread-self/ns/net');
  const cookie = cookieHere();
  if (!isFailure(here) && cookie !== undefined) known.set(cookie, here);
  return {
    namespaceOf(cookie, pid) {
      if (cookie === 0n) return 0;
      const found = known.get(cookie);
      if (found !== undefined || pid <= 0) return found ?? 0;
      const path = `/proc/${pid}/ns/net`;
      const inode = inodeAt(path);
      if (isFailure(inode)) return 0;
      const theirs = inNamespace(path, inode, cookieHere);
      if (typeof theirs !== 'bigint') return 0;
      known.set(theirs, inode);
      return theirs === cookie ? inode : 0;
    },
  };
}

/** Of the namespace that the thread is in. */
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

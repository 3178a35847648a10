/** Acting inside another network namespace: setns(2) moves the calling thread, so it is there and back in one go. */

import { type Failure, isFailure } from '#model/host.ts';
import { failureAt, libc, O, syscall } from './ffi.ts';

const CLONE_NEWNET = 0x40000000;
const NSFS_MAGIC = 0x6e736673;

/** Inode number of an open namespace file; a failure for a file that is none: names under /run/netns can be planted. */
function namespaceInode(fd: number, path: string): number | Failure {
  // struct statfs: type i64@0 on 64-bit machines.
  const statfs = Buffer.alloc(120);
  if (libc.fstatfs(fd, statfs) !== 0) return failureAt(path);
  if (statfs.readUInt32LE(0) !== NSFS_MAGIC) return { error: 'EINVAL', path };
  // struct stat: st_ino u64@8.
  const stat = Buffer.alloc(256);
  if (syscall.fstat(fd, stat) !== 0) return failureAt(path);
  return Number(stat.readBigUInt64LE(8));
}

/** Opens a namespace file, lets `act` use descriptor and inode, and closes it. */
function withNamespace<T>(path: string, act: (fd: number, inode: number) => T): T | Failure {
  const magicLink = path.startsWith('/proc/');
  const fd = libc.open(path, O.RDONLY | O.CLOEXEC | O.NONBLOCK | (magicLink ? 0 : O.NOFOLLOW), 0);
  if (fd < 0) return failureAt(path);
  try {
    const inode = namespaceInode(fd, path);
    return isFailure(inode) ? inode : act(fd, inode);
  } finally {
    libc.close(fd);
  }
}

/** Inode number of the namespace at a path such as /run/netns/NAME. */
export function inodeAt(path: string): number | Failure {
  return withNamespace(path, (_, inode) => inode);
}

let home = -1;

/**
 * Runs `act` with the main thread in the namespace at `path`, and comes back. `act` must not await anything, nor leave
 * a promise behind that acts. When the way back fails the process ends at once: everything after would look at the
 * wrong network.
 */
export function inNamespace<T>(path: string, inode: number, act: () => T): T | Failure {
  if (home < 0) home = libc.open('/proc/thread-self/ns/net', O.RDONLY | O.CLOEXEC, 0);
  if (home < 0) return failureAt('/proc/thread-self/ns/net');
  return withNamespace(path, (fd, found) => {
    // The pid may belong to another process by now.
    if (found !== inode) return { error: 'ESTALE', path };
    if (libc.setns(fd, CLONE_NEWNET) !== 0) return failureAt(path);
    try {
      return act();
    } finally {
      if (libc.setns(home, CLONE_NEWNET) !== 0) process.abort();
    }
  });
}

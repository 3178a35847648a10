/**
 * System calls of fanotify(7), inotify(7) and of file handles (open_by_handle_at(2)), declared once. On failure they
 * return -1; `lastError` of ffi.ts has the reason.
 */

/* oxlint-disable max-params -- the signatures are libc's. */

import { declare, libc, type Name, O } from './ffi.ts';

type Fd = number;
type Bytes = Uint8Array;

const fanotifyInit = declare<(flags: number, eventFlags: number) => Fd>(
  'int fanotify_init(unsigned int flags, unsigned int event_f_flags)',
);
const fanotifyMark = declare<(fd: Fd, flags: number, mask: number, dir: Fd, path: Name) => number>(
  'int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int dirfd, const char *path)',
);
const openByHandle = declare<(mount: Fd, handle: Bytes, flags: number) => Fd>(
  'int open_by_handle_at(int mount_fd, void *handle, int flags)',
);
const nameToHandle = declare<(dir: Fd, path: Name, handle: Bytes, mountId: Bytes, flags: number) => number>(
  'int name_to_handle_at(int dirfd, const char *path, void *handle, void *mount_id, int flags)',
);
const inotifyInit = declare<(flags: number) => Fd>('int inotify_init1(int flags)');
const inotifyAdd = declare<(fd: Fd, path: Name, mask: number) => number>(
  'int inotify_add_watch(int fd, const char *path, uint32_t mask)',
);
const inotifyRemove = declare<(fd: Fd, watch: number) => number>('int inotify_rm_watch(int fd, int wd)');

const AT_FDCWD = -100;
const AT_HANDLE_FID = 0x200;
const FAN_CLOEXEC = 0x1;
const FAN_NONBLOCK = 0x2;
const FAN_UNLIMITED_QUEUE = 0x10;
const FAN_UNLIMITED_MARKS = 0x20;
const FAN_REPORT_DFID_NAME = 0xc00;
const FAN_MARK_ADD = 0x1;
const FAN_MARK_ONLYDIR = 0x8;
const FAN_MARK_FILESYSTEM = 0x100;
const FAN_EVENT_ON_CHILD = 0x0800_0000;
const FAN_ONDIR = 0x4000_0000;
const IN_ONLYDIR = 0x0100_0000;
const IN_DONT_FOLLOW = 0x0200_0000;
/** struct file_handle: handle_bytes u32, handle_type i32, bytes (MAX_HANDLE_SZ 128). */
const HANDLE_BYTES = 8 + 128;

/** attributes, written, moved-from, moved-to, created, deleted: see FILE_BIT. */
const EVERYTHING = 0x4 | 0x8 | 0x40 | 0x80 | 0x100 | 0x200;
const OPEN_EXEC = 0x1000;
const MODIFY = 0x2;

/** A new fanotify group whose queue and marks know no bound of the kernel's; needs CAP_SYS_ADMIN (EPERM). */
export function openFanotifyGroup(): Fd {
  const flags = FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS | FAN_REPORT_DFID_NAME;
  return fanotifyInit(flags, O.RDONLY | O.CLOEXEC);
}

/** A group whose events carry an open descriptor of the file: for file systems that have no handles; CAP_SYS_ADMIN. */
export function openDescriptorGroup(): Fd {
  return fanotifyInit(FAN_CLOEXEC | FAN_NONBLOCK | FAN_UNLIMITED_MARKS, O.RDONLY | O.NONBLOCK | O.CLOEXEC);
}

/** Marks one folder for each write to a file that stands in it; `path` may be that of a descriptor. */
export function markWrites(group: Fd, path: string): number {
  return fanotifyMark(group, FAN_MARK_ADD | FAN_MARK_ONLYDIR, MODIFY | FAN_EVENT_ON_CHILD, AT_FDCWD, path);
}

/** Marks the whole file system that `path` is on. */
export function markFilesystem(group: Fd, path: string, executed: boolean): number {
  const mask = EVERYTHING | FAN_ONDIR | (executed ? OPEN_EXEC : 0);
  return fanotifyMark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, AT_FDCWD, path);
}

/** Marks one folder and what stands in it, not what is deeper. */
export function markFolder(group: Fd, path: string): number {
  const mask = EVERYTHING | FAN_ONDIR | FAN_EVENT_ON_CHILD;
  return fanotifyMark(group, FAN_MARK_ADD | FAN_MARK_ONLYDIR, mask, AT_FDCWD, path);
}

export function openInotify(): Fd {
  return inotifyInit(O.CLOEXEC | O.NONBLOCK);
}

/** Gives the number of the watch; the same one for a folder that is watched already. */
export function watchFolder(fd: Fd, path: string): number {
  return inotifyAdd(fd, path, EVERYTHING | IN_ONLYDIR | IN_DONT_FOLLOW);
}

export function unwatchFolder(fd: Fd, watch: number): void {
  // It may be gone with its folder already: EINVAL says what we want.
  inotifyRemove(fd, watch);
}

/** f_fsid of the file system that an open file is on, as eight bytes; undefined when it cannot be told. statfs(2). */
export function fsidOf(fd: Fd): Buffer | undefined {
  const statfs = Buffer.alloc(120);
  return libc.fstatfs(fd, statfs) < 0 ? undefined : Buffer.from(statfs.subarray(56, 64));
}

/** Opens what a handle (from handle_bytes on) stands for, with O_PATH; `mount` is any open file of its file system. */
export function openHandle(mount: Fd, handle: Buffer): Fd {
  return openByHandle(mount, handle, O.PATH | O.CLOEXEC);
}

const mountId = Buffer.alloc(8);

/**
 * The bytes by which fanotify names a folder in its events: fsid, handle_bytes, handle_type, handle. Undefined when it is
 * no folder or the file system has no handles. AT_HANDLE_FID (6.5): the handle need only tell files apart.
 */
export function placeOf(path: string): Buffer | undefined {
  const fd = libc.open(path, O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC, 0);
  if (fd < 0) return undefined;
  try {
    const fsid = fsidOf(fd);
    const handle = Buffer.alloc(HANDLE_BYTES);
    const named = (flags: number): boolean => {
      handle.writeUInt32LE(128, 0);
      return nameToHandle(AT_FDCWD, `/proc/self/fd/${fd}/.`, handle, mountId, flags) === 0;
    };
    if (fsid === undefined || !(named(AT_HANDLE_FID) || named(0))) return undefined;
    return Buffer.concat([fsid, handle.subarray(0, 8 + handle.readUInt32LE(0))]);
  } finally {
    libc.close(fd);
  }
}

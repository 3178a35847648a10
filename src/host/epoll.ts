/**
 * An epoll descriptor around another one, for what uv_poll cannot wait for: files of /proc that are always readable and
 * tell of a change by EPOLLPRI (mountinfo). The epoll descriptor itself is readable only when there is such a change, so
 * the main loop can watch it like any other. epoll(7), fs/proc_namespace.c mounts_poll().
 */

import { declare, lastError, libc, O } from './ffi.ts';

const epollCreate = declare<(flags: number) => number>('int epoll_create1(int flags)');
const epollControl = declare<(epoll: number, operation: number, fd: number, event: Uint8Array) => number>(
  'int epoll_ctl(int epfd, int op, int fd, void *event)',
);
const epollWait = declare<(epoll: number, events: Uint8Array, most: number, timeoutMs: number) => number>(
  'int epoll_wait(int epfd, void *events, int maxevents, int timeout)',
);

const EPOLL_CTL_ADD = 1;
const EPOLLPRI = 0x002;
/** struct epoll_event is packed on x86-64 (12 bytes) and not elsewhere (16). */
const EVENT_BYTES = 16;
const MOST = 8;

export interface PriorityWatch extends Disposable {
  /** Readable when one of the files has changed. */
  readonly fd: number;
  /** Takes what has happened; true when there was something. */
  take(): boolean;
}

/** Opens the files and waits for their EPOLLPRI; those that cannot be opened are passed over. Text: none could. */
export function watchPriority(paths: readonly string[]): PriorityWatch | string {
  const epoll = epollCreate(O.CLOEXEC);
  if (epoll < 0) return `epoll_create1: ${lastError()}`;
  const open: number[] = [];
  let why = 'no file is given';
  for (const path of paths) {
    const fd = libc.open(path, O.RDONLY | O.CLOEXEC, 0);
    const event = Buffer.alloc(EVENT_BYTES);
    event.writeUInt32LE(EPOLLPRI, 0);
    if (fd >= 0 && epollControl(epoll, EPOLL_CTL_ADD, fd, event) === 0) open.push(fd);
    else {
      why = `${path}: ${lastError()}`;
      if (fd >= 0) libc.close(fd);
    }
  }
  const close = (): void => {
    for (const fd of [...open, epoll]) libc.close(fd);
  };
  if (open.length === 0) {
    close();
    return why;
  }
  const events = Buffer.alloc(EVENT_BYTES * MOST);
  return { fd: epoll, take: () => epollWait(epoll, events, MOST, 0) > 0, [Symbol.dispose]: close };
}

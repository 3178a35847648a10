/**
 * A pseudo file system of the kernel's that is mounted nowhere: a mount of our own that stands in no mount table
 * (fsopen(2), fsmount(2); kernel ≥ 5.2) and goes with its descriptor.
 */

import { lastError, libc, syscall } from './ffi.ts';

export interface DetachedMount extends Disposable {
  /** Below /proc/self/fd. */
  readonly path: string;
}

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;

/** Gives text that says why when the kernel refuses or has no such file system. */
export function mountDetached(filesystem: string): DetachedMount | string {
  const context = syscall.fsopen(filesystem, FSOPEN_CLOEXEC);
  if (context < 0) return `${filesystem} is not mounted and cannot be opened: ${lastError()}`;
  if (syscall.fsconfig(context, FSCONFIG_CMD_CREATE, null, null) < 0) {
    const why = `${filesystem} is not mounted and cannot be made: ${lastError()}`;
    libc.close(context);
    return why;
  }
  const fd = syscall.fsmount(context, FSMOUNT_CLOEXEC, 0);
  const why = fd < 0 ? `${filesystem} is not mounted and cannot be mounted: ${lastError()}` : '';
  libc.close(context);
  if (fd < 0) return why;
  return {
    path: `/proc/self/fd/${fd}`,
    [Symbol.dispose]: () => {
      libc.close(fd);
    },
  };
}

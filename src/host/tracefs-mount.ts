/**
 * Where tracefs can be reached: where it is mounted, else by a mount of our own that stands in no mount table
 * (fsopen(2), fsmount(2); kernel ≥ 5.2) and goes with its descriptor.
 */

import { existsSync, readFileSync } from 'node:fs';
import { lastError, libc, syscall } from './ffi.ts';

export interface TracefsMount extends Disposable {
  readonly path: string;
  /** Whether we made it ourselves. */
  readonly detached: boolean;
}

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;

/** Gives text that says why when tracefs cannot be reached. */
export function openTracefsMount(): TracefsMount | string {
  for (const path of ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']) {
    if (existsSync(`${path}/instances`) && isTracefs(path)) {
      return { path, detached: false, [Symbol.dispose]: () => undefined };
    }
  }
  return mountDetached();
}

/** A folder that only looks like tracefs must not be written to. */
function isTracefs(path: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  return mounts.some((line) => line.includes(` ${path} `) && line.includes(' - tracefs '));
}

function mountDetached(): TracefsMount | string {
  const context = syscall.fsopen('tracefs', FSOPEN_CLOEXEC);
  if (context < 0) return `tracefs is not mounted and cannot be opened: ${lastError()}`;
  if (syscall.fsconfig(context, FSCONFIG_CMD_CREATE, null, null) < 0) {
    const why = `tracefs is not mounted and cannot be made: ${lastError()}`;
    libc.close(context);
    return why;
  }
  const fd = syscall.fsmount(context, FSMOUNT_CLOEXEC, 0);
  const why = fd < 0 ? `tracefs is not mounted and cannot be mounted: ${lastError()}` : '';
  libc.close(context);
  if (fd < 0) return why;
  return {
    path: `/proc/self/fd/${fd}`,
    detached: true,
    [Symbol.dispose]: () => {
      libc.close(fd);
    },
  };
}

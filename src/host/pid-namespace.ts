/** Whether numbers of processes that the kernel tells mean the processes that we see. */

import { readlinkSync } from 'node:fs';

/** Inode of the first pid namespace: PROC_PID_INIT_INO in include/linux/proc_ns.h. */
const FIRST = 'pid:[4026531836]';

/**
 * Why they do not; undefined where they do. Trace events, eBPF and the process connector tell numbers of the first pid
 * namespace: inside another one (a container) such a number is nobody's, or that of somebody else.
 */
export function foreignNumbers(own = readlinkSync('/proc/self/ns/pid')): string | undefined {
  if (own === FIRST) return undefined;
  return 'we are in a pid namespace of our own, and events of the kernel name processes by their numbers outside of it';
}

/** Where tracefs can be reached: where it is mounted, else by a mount of our own (detached-mount.ts). */

import { existsSync, readFileSync } from 'node:fs';
import { mountDetached } from './detached-mount.ts';

export interface TracefsMount extends Disposable {
  readonly path: string;
  /** Whether we made it ourselves. */
  readonly detached: boolean;
}

/** Gives text that says why when tracefs cannot be reached. */
export function openTracefsMount(): TracefsMount | string {
  for (const path of ['/sys/kernel/tracing', '/sys/kernel/debug/tracing']) {
    if (existsSync(`${path}/instances`) && isTracefs(path)) {
      return { path, detached: false, [Symbol.dispose]: () => undefined };
    }
  }
  const mount = mountDetached('tracefs');
  if (typeof mount === 'string') return mount;
  return { path: mount.path, detached: true, [Symbol.dispose]: () => mount[Symbol.dispose]() };
}

/** A folder that only looks like tracefs must not be written to. */
function isTracefs(path: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'latin1').split('\n');
  return mounts.some((line) => line.includes(` ${path} `) && line.includes(' - tracefs '));
}

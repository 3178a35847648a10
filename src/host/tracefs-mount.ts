/** Where tracefs can be reached: where it is mounted, else by a mount of our own (detached-mount.ts). */

import { existsSync } from 'node:fs';
import { mountDetached } from './detached-mount.ts';
import { readProcFile } from './proc-file.ts';

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
  const mounts = readProcFile('/proc/self/mountinfo').split('\n');
  return mounts.some((line) => line.includes(` ${path} `) && line.includes(' - tracefs '));
}

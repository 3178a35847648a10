/** Room on a file system: statfs(2). */

import { statfsSync } from 'node:fs';
import type { Failure } from '#model/host.ts';
import type { Space } from '#model/kernel.ts';
import { mayStall } from './stalling-mounts.ts';

/** The call waits for a server that does not answer: ask only for file systems of this machine. */
export function spaceAt(path: string): Space | Failure {
  const stalls = mayStall(path);
  if (stalls !== undefined) return stalls;
  try {
    const stat = statfsSync(path);
    return {
      totalBytes: stat.bsize * (stat.blocks - stat.bfree + stat.bavail),
      freeBytes: stat.bsize * stat.bavail,
      totalInodes: stat.files,
      freeInodes: stat.ffree,
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return { error: error.code, path };
    throw error;
  }
}

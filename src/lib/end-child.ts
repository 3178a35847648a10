/** Ends child processes, also those that have another user by now. */

import type { ChildProcess } from 'node:child_process';

/** False where we may not: the child has given up root, and we have no CAP_KILL; kill(2). */
export function signalChild(child: ChildProcess, signal: NodeJS.Signals): boolean {
  try {
    child.kill(signal);
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EPERM') throw error;
    return false;
  }
}

/**
 * SIGTERM, and SIGKILL after `patienceMs`; resolves when it is gone. One that we may not signal loses its pipes instead, by
 * which children of ours end themselves; after `patienceMs` it is left alone.
 */
export async function endChild(child: ChildProcess, patienceMs = 2000): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    if (!signalChild(child, 'SIGKILL')) resolve();
  }, patienceMs);
  child.once('exit', () => resolve());
  if (!signalChild(child, 'SIGTERM')) for (const pipe of child.stdio) pipe?.destroy();
  await promise;
  clearTimeout(timer);
}

/**
 * Tracing instances of daemons that were killed: the kernel goes on filling their buffers, and every call that is traced
 * pays for it. One with the same state directory takes its own away at the next start; of others nobody ever would.
 */

import { readdir, rmdir, stat } from 'node:fs/promises';

const OURS = /^telltale-[0-9a-f]+(?:-(?:processes|reads))?$/;
/** Another daemon may have made it and not opened it yet. */
const YOUNG_MS = 5 * 60_000;
/** Removes what nobody reads; one after another, because each may take the kernel some milliseconds. */
export async function removeForgotten(tracefs: string, nowMs: number): Promise<void> {
  const folder = `${tracefs}/instances`;
  try {
    for (const name of await readdir(folder)) if (OURS.test(name)) await removeOld(`${folder}/${name}`, nowMs);
  } catch (error) {
    if (!isLeft(error)) throw error;
  }
}

async function removeOld(path: string, nowMs: number): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (nowMs - mtimeMs > YOUNG_MS) await rmdir(path);
  } catch (error) {
    if (!isLeft(error)) throw error;
  }
}

/** In use (the kernel refuses before it changes anything), gone already, not allowed: all of it stays as it is. */
function isLeft(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

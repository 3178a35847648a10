/** The name under which a state directory owns things outside of itself: its instances in tracefs. */

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Twelve hexadecimal digits for an existing state directory. Of the folder above it counts which one it is and not how
 * it is called: containers that share a kernel have the same paths, and the directory itself may be made anew after its
 * daemon was killed.
 */
export function tagOf(stateDir: string): string {
  const { dev, ino } = statSync(dirname(stateDir), { bigint: true });
  return createHash('sha256')
    .update(`${dev}:${ino}/${basename(stateDir)}`)
    .digest('hex')
    .slice(0, 12);
}

/** Whether a program may be run: by nobody but root, or the one it runs as, could it have been exchanged. */

import { realpathSync, type Stats, statSync } from 'node:fs';
import { visible } from './escape.ts';
import { distrustFolders, isForeign } from './trusted-folders.ts';

/**
 * Why `program` must not be run as `uid`, in words that end a sentence and say what to do; undefined when it may. Whoever
 * can change the file, or put another in its place between this look and the start, would act as `uid`.
 */
export function distrust(program: string, uid: number): string | undefined {
  if (!program.startsWith('/')) return 'it is not an absolute path. Write the whole path.';
  try {
    const real = realpathSync(program);
    return distrustFile(real, statSync(real), uid) ?? distrustFolders(real, uid);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return `${String(error.code)}. Check the path.`;
    throw error;
  }
}

function distrustFile(real: string, stat: Stats, uid: number): string | undefined {
  const name = visible(real);
  if (!stat.isFile()) return 'it is not a file.';
  if ((stat.mode & 0o111) === 0) return `it is not executable. Run: chmod u+x ${name}`;
  if ((stat.mode & 0o002) !== 0) return `anyone may change it. Run: chmod o-w ${name}`;
  return isForeign(stat, uid) ? `it belongs to uid ${stat.uid}. Run: chown root ${name}` : undefined;
}

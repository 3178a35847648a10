/** Whether a program may be run: by nobody but root, or the one it runs as, could it have been exchanged. */

import { realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { visible } from './escape.ts';

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
  return foreign(stat, uid) ? `it belongs to uid ${stat.uid}. Run: chown root ${name}` : undefined;
}

/** A sticky folder (/tmp) lets others add files, but not replace ours; its owner may do anything. Groups are root's choice. */
function distrustFolders(real: string, uid: number): string | undefined {
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    const stat = statSync(folder);
    const name = visible(folder);
    if ((stat.mode & 0o1002) === 0o002) return `anyone may replace it: "${name}" is writable by all.`;
    if (foreign(stat, uid))
      return `uid ${stat.uid} may replace it: "${name}" is theirs. Move it, or: chown root ${name}`;
    if (folder === '/') return undefined;
  }
}

function foreign(stat: Stats, uid: number): boolean {
  return stat.uid !== 0 && stat.uid !== uid;
}

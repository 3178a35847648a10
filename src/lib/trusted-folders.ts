/** Whether the folders above something are such that nobody but root, or the one we run as, can exchange it. */

import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { visible } from './escape.ts';
import { fs } from './lean-fs.ts';

/**
 * Why the absolute `path` can be exchanged by somebody who is neither root nor `uid`, in words that end a sentence and say
 * what to do; undefined when it cannot. Looks at every folder above it that is there, and at those that links lead to.
 */
export function distrustFolders(path: string, uid: number): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const why = distrustFolder(folder, uid);
    if (why !== undefined) return why;
    if (folder === '/') return undefined;
  }
}

function distrustFolder(folder: string, uid: number): string | undefined {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const name = visible(folder);
  if (isForeign(stat, uid))
    return `uid ${stat.uid} may replace it: "${name}" is theirs. Move it, or: chown root ${name}`;
  if (stat.isSymbolicLink()) {
    const real = fs.realpathSync(folder);
    return distrustFolder(real, uid) ?? distrustFolders(real, uid);
  }
  if (!stat.isDirectory()) return `"${name}" is no folder. Check the path.`;
  // A sticky folder (/tmp) lets others add files, but not replace ours; its owner may do anything. Groups are root's choice.
  return (stat.mode & 0o1002) === 0o002 ? `anyone may replace it: "${name}" is writable by all.` : undefined;
}

/** Neither root's nor ours. Who owns "/" is root: in a user namespace the real one has another number. */
export function isForeign(stat: Pick<Stats, 'uid'>, uid: number): boolean {
  return stat.uid !== 0 && stat.uid !== uid && stat.uid !== fs.statSync('/').uid;
}

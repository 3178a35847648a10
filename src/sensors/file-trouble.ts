/** Who else may change a file: what StrictModes of sshd asks, and everybody should. */

import { posix } from 'node:path';
import { type FileStat, type Host, isFailure } from '#model/host.ts';

type Looked = Pick<Host, 'files' | 'userName'>;

/**
 * "everyone may write it", "its group may write it", "belongs to bob", the same of a folder above it ("… of /home"); ""
 * when only root and `owner` may. Folders are asked up to `upTo`.
 */
export function writableBy(host: Looked, path: string, owner: number, upTo = '/'): string {
  for (let at = path; ; at = posix.dirname(at)) {
    const stat = host.files.stat(at);
    if (isFailure(stat)) return '';
    const trouble = stat.type === 'symlink' ? '' : troubleOf(host, stat, owner);
    if (trouble !== '') return at === path ? trouble : `${trouble}: folder ${at}`;
    if (at === upTo || at === '/') return '';
  }
}

function troubleOf(host: Looked, stat: FileStat, owner: number): string {
  const sticky = stat.type === 'directory' && (stat.mode & 0o1000) !== 0;
  if ((stat.mode & 0o002) !== 0 && !sticky) return 'everyone may write it';
  // A group of the owner's own, as Debian gives everybody, is no others.
  if ((stat.mode & 0o020) !== 0 && !sticky && !(stat.gid === stat.uid && stat.uid === owner) && stat.gid !== 0)
    return 'its group may write it';
  return stat.uid === 0 || stat.uid === owner ? '' : `belongs to ${host.userName(stat.uid)}`;
}

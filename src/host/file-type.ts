/** What kind of file a mode says; inode(7). */

import { fs } from '#lib/lean-fs.ts';
import type { FileStat } from '#model/host.ts';

const { constants } = fs;

/** `mode` with its type bits (S_IFMT); devices and FIFOs are "other". */
export function fileTypeOf(mode: number): FileStat['type'] {
  switch (mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file';
    case constants.S_IFDIR:
      return 'directory';
    case constants.S_IFSOCK:
      return 'socket';
    case constants.S_IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}

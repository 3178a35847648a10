/** Who may write to a file of ours. */

import type { FileStat, Host } from '#model/host.ts';
import type { OwnFileRow } from './own-file-table.ts';

const WRITABLE_BY_OTHERS = 0o022;

/** The columns of the table `telltale` about it. */
export function rightsOf(
  host: Pick<Host, 'userName'>,
  stat: FileStat,
): Pick<OwnFileRow, 'mode' | 'owner' | 'openToOthers'> {
  return {
    mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'),
    owner: host.userName(stat.uid),
    openToOthers: stat.type !== 'symlink' && (stat.mode & WRITABLE_BY_OTHERS) !== 0,
  };
}

/** Words shared by the rules on `mounts`. */

import { shorten, visible } from '#lib/escape.ts';
import { joinWords } from '#lib/plural.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Who } from '#model/finding.ts';
import type { MountRow } from '#sensors/mount-table.ts';

/** Subject, facts and next step of a finding about one mount. */
export function aboutMount(row: MountRow) {
  return {
    subject: `${row.kind} ${row.point} ${row.type} ${row.part}`,
    next: `findmnt -n -o TARGET,SOURCE,FSTYPE,OPTIONS -- ${shellQuote(row.point)}; grep -F -- ${shellQuote(` ${row.point} `)} /proc/self/mountinfo /etc/fstab`,
    facts: {
      point: row.point,
      type: row.type,
      source: row.source,
      allows: joinWords(row.allows),
      ...(row.part !== '/' && { part: row.part }),
    },
    ...whoMounted(row),
  };
}

/** Who was heard mounting it; nothing where nobody was. */
function whoMounted(row: MountRow): { readonly who?: Who } {
  const { pid, comm, cmdline, user, uid, parents, unit, session, startedMs } = row;
  if (pid <= 0) return {};
  return { who: { pid, exe: row.mounter, comm, cmdline, user, uid, parents, unit, session, startedMs, package: '' } };
}

export function shownPath(path: string): string {
  return shorten(visible(path), 120);
}

/** "tmpfs", "ext4 of /dev/sdb1", "/home/x/etc (a folder elsewhere)". */
export function whatIsMounted(row: MountRow): string {
  if (isBind(row)) return `the folder or file ${shownPath(row.part)} of another place`;
  const named = row.source === '' || row.source === 'none' || row.source === row.type;
  return named ? visible(row.type) : `${visible(row.type)} of ${shownPath(row.source)}`;
}

/** A part of a file system that stands elsewhere as well; subvolumes of btrfs look the same and are none. */
export function isBind({ kind, part, type }: MountRow): boolean {
  return kind === 'mount' && part !== '/' && type !== 'btrfs';
}

const REMOTE = /^(?:nfs\d?|cifs|smb3|fuse\.sshfs|9p|ceph|glusterfs|fuse\.glusterfs|davfs|fuse\.rclone|afs)$/;

/** Files of another machine. */
export function isRemote({ type }: MountRow): boolean {
  return REMOTE.test(type);
}

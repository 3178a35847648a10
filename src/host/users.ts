/** Names of users, from /etc/passwd. Users of a directory service (LDAP, SSSD) are known by their number only. */

import { parsePasswd } from '#formats/passwd.ts';
import { type Clock, type Files, isFailure } from '#model/host.ts';

const PASSWD = '/etc/passwd';
const RECHECK_MS = 1000;

/** Gives the name of a uid, its number as text when there is none; the file is read again when it has changed. */
export function openUsers(files: Files, clock: Clock): (uid: number) => string {
  let names = new Map<number, string>();
  let version = '';
  let checkedMs = Number.NEGATIVE_INFINITY;

  const refresh = (): void => {
    const now = clock.monotonicMs();
    if (now - checkedMs < RECHECK_MS) return;
    checkedMs = now;
    const stat = files.stat(PASSWD);
    // Not readable now: the names known so far stay better than none.
    if (isFailure(stat)) return;
    const current = `${stat.inode} ${stat.ctimeMs} ${stat.mtimeMs} ${stat.sizeBytes}`;
    if (current === version) return;
    const text = files.read(PASSWD);
    if (isFailure(text)) return;
    version = current;
    names = new Map();
    // The first line of a uid wins, as in getpwuid(3).
    for (const { uid, name } of parsePasswd(text.toString('latin1')).rows) if (!names.has(uid)) names.set(uid, name);
  };

  return (uid) => {
    refresh();
    return names.get(uid) ?? String(uid);
  };
}

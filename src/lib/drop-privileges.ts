/** Giving up root for good, and making sure of it. */

import { closeSync, openSync, readFileSync } from 'node:fs';

/** Whom we became. `dropped` false: we were not root to begin with, and stay who we are. */
export interface Dropped {
  readonly user: string;
  readonly dropped: boolean;
}

/** The users tried, in this order: the package makes the first one. */
const unprivilegedUsers: readonly string[] = ['telltale-web', 'nobody'];

/**
 * Becomes the first of `users` that /etc/passwd has: supplementary groups, gid, uid, in this order. setuid(2) of glibc
 * changes all threads and, coming from root, the saved id too. Throws when anything of root is left.
 */
export function dropPrivileges(users: readonly string[] = unprivilegedUsers): Dropped {
  const uid = process.getuid?.();
  if (uid !== 0) return { user: `uid ${uid ?? '?'}`, dropped: false };
  const found = findUser(users, readFileSync('/etc/passwd', 'utf8'));
  if (found === undefined) throw new Error(`Cannot give up root: no user "${users.join('" or "')}" in /etc/passwd`);
  process.setgroups?.([found.gid]);
  process.setgid?.(found.gid);
  process.setuid?.(found.uid);
  assertNoRoot();
  return { user: found.name, dropped: true };
}

/** The first of `names` in the text of /etc/passwd (passwd(5)) that is not root under another name. */
export function findUser(
  names: readonly string[],
  passwd: string,
): { readonly name: string; readonly uid: number; readonly gid: number } | undefined {
  for (const wanted of names) {
    for (const line of passwd.split('\n')) {
      const [name, , uidText = '', gidText = ''] = line.split(':');
      if (name !== wanted || !/^[1-9]\d{0,9}$/.test(uidText) || !/^[1-9]\d{0,9}$/.test(gidText)) continue;
      return { name, uid: Number(uidText), gid: Number(gidText) };
    }
  }
  return undefined;
}

/** Asks the kernel, not our own belief: root cannot be had back, and /etc/shadow cannot be read. */
function assertNoRoot(): void {
  if (process.getuid?.() === 0 || process.geteuid?.() === 0 || process.getegid?.() === 0) {
    throw new Error('Cannot give up root: an id is still 0');
  }
  mustFail('become root again', () => process.setuid?.(0));
  mustFail('read /etc/shadow', () => closeSync(openSync('/etc/shadow', 'r')));
}

function mustFail(what: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    // ENOENT: a container without shadow passwords; the ids were checked above.
    if (error instanceof Error && 'code' in error && ['EPERM', 'EACCES', 'ENOENT'].includes(String(error.code))) return;
    throw new Error(`Cannot tell whether this process may still ${what}`, { cause: error });
  }
  throw new Error(`Cannot give up root: this process may still ${what}`);
}

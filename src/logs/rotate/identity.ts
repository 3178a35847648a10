/** Acting as another user, for `su`: the effective ids of the whole process are switched and switched back. */

import type { Messages } from './messages.ts';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Who we are now, effectively. */
export function whoami(): Identity {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

/** Switches; false, and told, when it cannot. The uid last when giving up rights, first when taking them back. */
export function become(wanted: Identity, messages: Messages): boolean {
  const now = whoami();
  if (now.uid === wanted.uid && now.gid === wanted.gid) return true;
  const words = `switching euid from ${now.uid} to ${wanted.uid} and egid from ${now.gid} to ${wanted.gid} (pid ${process.pid})`;
  messages.debug(`${words}\n`);
  try {
    if (now.uid !== 0 && process.getuid?.() === 0) process.seteuid?.(0);
    process.setegid?.(wanted.gid);
    process.seteuid?.(wanted.uid);
    return true;
  } catch (error) {
    messages.error(`error ${words}: ${error instanceof Error ? 'Operation not permitted' : String(error)}\n`);
    return false;
  }
}

/** Runs `action` as `user` (undefined: as we are), and is again who we were before, whatever happens. */
export function asUser<T>(user: Identity | undefined, messages: Messages, action: () => T): T | false {
  if (user === undefined) return action();
  const before = whoami();
  if (!become(user, messages)) return false;
  try {
    return action();
  } finally {
    become(before, messages);
  }
}

/** Runs `action` with the effective user that called us, silently: for our own files while `su` is in force. */
export function asCaller<T>(action: () => T): T {
  const before = whoami();
  const caller = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  if (before.uid === caller.uid && before.gid === caller.gid) return action();
  process.seteuid?.(caller.uid);
  process.setegid?.(caller.gid);
  try {
    return action();
  } finally {
    process.setegid?.(before.gid);
    process.seteuid?.(before.uid);
  }
}

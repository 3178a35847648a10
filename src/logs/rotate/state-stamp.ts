/** What can be known of the state file without taking its lock: whether others hold it, whether it is still the same. */

import { close, lstat, open, readText } from './files.ts';

/** The state file as it was read: another run that was faster leaves another file. */
export function stampOf(path: string): string {
  const found = lstat(path);
  return found === undefined ? '' : `${found.ino} ${found.mtimeMs} ${found.size} ${found.mode}`;
}

/** True when a lock on this file stands in /proc/locks (proc_locks(5): device and inode), or we cannot read that. */
export function isLocked(path: string): boolean {
  const found = lstat(path);
  const table = open('/proc/locks', 'readThrough');
  if (found === undefined || 'failed' in table) return true;
  const text = readText(table.value);
  close(table.value);
  return 'failed' in text || new RegExp(`:${found.ino} `).test(text.value);
}

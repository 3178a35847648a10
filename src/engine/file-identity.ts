/** Which file a program is: an acceptance is tied to it, so that an exchanged program is told again. */

import { createHash } from 'node:crypto';
import { type Host, isFailure } from '#model/host.ts';
import type { FileIdentity } from '#model/store.ts';

/** Programs up to this size are hashed; of larger ones size, inode and times must do (reading stops the loop). */
const hashedBytes = 64 * 1024 * 1024;

/** Identity of the file at `path` now; undefined when it cannot be read. */
export function identityOf(path: string, host: Pick<Host, 'files'>): FileIdentity | undefined {
  if (!path.startsWith('/')) return undefined;
  const stat = host.files.stat(path);
  if (isFailure(stat) || stat.type !== 'file') return undefined;
  const { sizeBytes, mtimeMs, ctimeMs, inode } = stat;
  const content = sizeBytes <= hashedBytes ? host.files.read(path, hashedBytes) : undefined;
  const sha256 = content === undefined || isFailure(content) ? '' : createHash('sha256').update(content).digest('hex');
  return { path, sha256, sizeBytes, mtimeMs, ctimeMs, inode };
}

/** `same`; `upgraded` when a package shipped the new file (with its identity); `changed` otherwise. */
export function compareIdentity(
  before: FileIdentity,
  host: Pick<Host, 'files' | 'packages'>,
): { readonly is: 'same' } | { readonly is: 'upgraded'; readonly now: FileIdentity } | { readonly is: 'changed' } {
  const stat = host.files.stat(before.path);
  if (isFailure(stat)) return { is: 'changed' };
  // ctime cannot be set back by touch(1), so equal inode, size and ctime is the same content.
  if (stat.inode === before.inode && stat.sizeBytes === before.sizeBytes && stat.ctimeMs === before.ctimeMs)
    return { is: 'same' };
  const now = identityOf(before.path, host);
  if (now === undefined) return { is: 'changed' };
  if (now.sha256 !== '' && now.sha256 === before.sha256) return { is: 'same' };
  return host.packages.verify(before.path) === 'same' ? { is: 'upgraded', now } : { is: 'changed' };
}

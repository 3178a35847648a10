/** Who vouches for a file: its package, nobody, or nobody any more. */

import { createHash } from 'node:crypto';
import { type Host, isFailure } from '#model/host.ts';

/** packaged, unpackaged, altered (differs from what the package shipped), missing, or unknown where no database is. */
export type Shipped = 'packaged' | 'unpackaged' | 'altered' | 'missing' | 'unknown';

/** Package and state of a file, links not followed. */
export function shippedBy(host: Host, path: string): { readonly package: string; readonly state: Shipped } {
  if (isFailure(host.files.stat('/var/lib/dpkg/status'))) return { package: '', state: 'unknown' };
  const owner = host.packages.ownerOf(path);
  if (owner === '') return { package: '', state: 'unpackaged' };
  return { package: owner, state: host.packages.verify(path) === 'differs' ? 'altered' : 'packaged' };
}

/** The first 16 digits of the SHA-256 of a file's bytes. */
export function shortDigest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

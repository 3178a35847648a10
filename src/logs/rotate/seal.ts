/** Seals: size and sha256 of a log's content, by which it is known again under any name and in any compression. */

import type * as CryptoModule from 'node:crypto';
import type { Seal } from '#formats/rotation-record.ts';
import { close, fstat, open, readAt } from './files.ts';

/** Greater logs are sealed only when they are compressed: then all of them has to be read anyway. */
const PLAIN_BYTES = 256 << 20;
const CHUNK_BYTES = 1 << 20;

// Loaded when first needed: where no record is kept, nothing is sealed.
const crypto = (): typeof CryptoModule => process.getBuiltinModule('node:crypto');
let chunk: Buffer | undefined;

/** Seals the first `sizeBytes` of an open file; undefined when there is less, or it cannot be read. */
export function sealOf(fd: number, sizeBytes: number): Seal | undefined {
  chunk ??= Buffer.allocUnsafe(CHUNK_BYTES);
  const sum = crypto().createHash('sha256');
  for (let at = 0; at < sizeBytes; ) {
    const got = readAt(fd, chunk.subarray(0, Math.min(CHUNK_BYTES, sizeBytes - at)), at);
    if ('failed' in got || got.value === 0) return undefined;
    sum.update(chunk.subarray(0, got.value));
    at += got.value;
  }
  return { sizeBytes, sha256: sum.digest('hex') };
}

/** Seals a rotated log as it stands now; undefined when it is not there, cannot be read, or is too great. */
export function sealFile(path: string): Seal | undefined {
  const fd = open(path, 'read');
  if ('failed' in fd) return undefined;
  try {
    const found = fstat(fd.value);
    return found.isFile() && found.size <= PLAIN_BYTES ? sealOf(fd.value, found.size) : undefined;
  } finally {
    close(fd.value);
  }
}

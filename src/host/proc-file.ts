/** Files and links of /proc, also while something is mounted over /proc: see `libc.open`. */

import { fs } from '#lib/lean-fs.ts';
import { lastError, libc, O } from './ffi.ts';

/** Its text, byte by byte. Throws with the errno name where it cannot be opened. */
export function readProcFile(path: string): string {
  const fd = libc.open(path, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) throw new Error(`Cannot open "${path}": ${lastError()}`);
  try {
    return fs.readFileSync(fd, 'latin1');
  } finally {
    libc.close(fd);
  }
}

const linkBuffer = Buffer.alloc(4096);

/** Where a link leads, to be read before the next one is asked for. Throws with the errno name where it cannot be read. */
export function readProcLink(path: string): Buffer {
  const length = libc.readlink(path, linkBuffer, linkBuffer.length);
  if (length < 0) throw new Error(`Cannot read the link "${path}": ${lastError()}`);
  return linkBuffer.subarray(0, length);
}

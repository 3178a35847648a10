/** Copies bytes between descriptors, holes kept as holes. */

import { readAt, writeAll } from './files.ts';

const CHUNK_BYTES = 1024 * 1024;
const HOLE = Buffer.alloc(4096);
/** One for all: copying waits for nothing in between. */
let chunk: Buffer | undefined;

/** Copies from `at` to the end; blocks of zeros become holes. The end of the copy is the value. */
export function copyFrom(fd: number, out: number, from: number): { value: number } | { failed: string } {
  chunk ??= Buffer.allocUnsafe(CHUNK_BYTES);
  const buffer = chunk;
  let at = from;
  for (;;) {
    const got = readAt(fd, buffer, at);
    if ('failed' in got) return { failed: got.failed.words };
    if (got.value === 0) return { value: at };
    const written = writeSparse(out, buffer.subarray(0, got.value), at);
    if (written !== undefined) return { failed: written };
    at += got.value;
  }
}

function writeSparse(out: number, bytes: Buffer, at: number): string | undefined {
  let from = 0;
  if (!bytes.includes(HOLE)) {
    const written = writeAll(out, bytes, at);
    return 'failed' in written ? written.failed.words : undefined;
  }
  while (from < bytes.length) {
    const block = bytes.subarray(from, from + HOLE.length);
    if (block.length < HOLE.length || !block.equals(HOLE)) {
      const written = writeAll(out, block, at + from);
      if ('failed' in written) return written.failed.words;
    }
    from += HOLE.length;
  }
  return undefined;
}

/** Takes the copied part out of a log that is being written to, without a moment in which a line can fall between. */

import { copyFrom } from './copy-bytes.ts';
import { close, fstat, open, readAt, sync, truncate } from './files.ts';
import type { Copied, Job } from './job.ts';
import { run } from './programs.ts';

const LINE_BYTES = 1024 * 1024;

/**
 * fallocate(2) FALLOC_FL_COLLAPSE_RANGE on whole blocks at the head of the log (ext4, XFS): appends go on meanwhile. The
 * copy then ends with the line that crosses the edge; the live log begins with the rest of that line. undefined when the
 * file system cannot, or the log is shorter than a block.
 */
export async function collapse(
  job: Job,
  task: { readonly from: string; readonly to: string; readonly fd: number; readonly bytes: number },
): Promise<Copied | undefined> {
  const out = open(task.to, 'change');
  if ('failed' in out) return undefined;
  try {
    const copied = copyFrom(task.fd, out.value, task.bytes);
    if ('failed' in copied) return undefined;
    const blockBytes = Math.max(4096, fstat(task.fd).blksize);
    // The range may not reach the end of the file, so at least one byte stays.
    const cutAt = Math.floor((copied.value - 1) / blockBytes) * blockBytes;
    if (cutAt <= 0) return undefined;
    sync(out.value);
    const args = ['--collapse-range', '--offset', '0', '--length', String(cutAt), '/proc/self/fd/3'];
    const stdio = ['ignore', 'ignore', 'ignore', task.fd] as const;
    const end = await run({ file: '/usr/bin/fallocate', args, stdio, as: job.set.su, quiet: true }, job.messages);
    if (end.code !== 0) return undefined;
    const lineEnd = endOfLine(out.value, cutAt, copied.value);
    truncate(out.value, lineEnd);
    return { bytes: lineEnd, repeatedBytes: lineEnd - cutAt, lostBytes: 0 };
  } finally {
    close(out.value);
  }
}

/** Just behind the line feed that ends the line in which `at` lies; `end` when that line has none, or is too long. */
function endOfLine(fd: number, at: number, end: number): number {
  const buffer = Buffer.alloc(Math.min(LINE_BYTES, end - at + 1));
  // A line feed right before the edge: no line crosses it.
  const got = readAt(fd, buffer, at - 1);
  if ('failed' in got) return end;
  const feed = buffer.subarray(0, got.value).indexOf(0x0a);
  return feed === -1 ? end : at + feed;
}

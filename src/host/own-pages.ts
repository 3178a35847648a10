/**
 * Gives the pages of our own program back that were needed for the start only: Node reads most of its 110 MiB of code and
 * tables in through the page cache, and what it maps counts as ours. See docs/decisions/0180-what-the-daemon-costs.md.
 */

import process from 'node:process';
import { declare, lastError } from './ffi.ts';
import { readProcFile } from './proc-file.ts';

const madvise = declare<(at: number, length: number, advice: number) => number>(
  'int madvise(uintptr_t at, size_t n, int advice)',
);
const MADV_DONTNEED = 4;
/** "00400000-0082e000 r--p 00000000 fe:00 5336542    /usr/bin/node" begins a mapping in smaps (proc_pid_smaps(5)). */
const MAPPING = /^([0-9a-f]{1,13})-([0-9a-f]{1,13}) (\S{4}) \S+ \S+ \d+ +(\/.*)$/m;

/** A range of addresses. */
export interface Pages {
  readonly start: number;
  readonly bytes: number;
}

/**
 * The mappings of `program` that are as the file is: not writable and without a page of their own. To let go of them
 * loses nothing, for the next access maps the page again.
 */
export function unchangedPages(smaps: string, program: string): readonly Pages[] {
  const found: Pages[] = [];
  for (const block of smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const [, start = '', end = '', rights = '', path = ''] = MAPPING.exec(block) ?? [];
    if (path !== program || rights.includes('w') || !/^Anonymous: +0 kB$/m.test(block)) continue;
    const from = Number.parseInt(start, 16);
    found.push({ start: from, bytes: Number.parseInt(end, 16) - from });
  }
  return found;
}

/**
 * Lets go of them (a few milliseconds); they stay in the page cache, which the kernel takes when it needs memory. Gives
 * the name of the error when the kernel refuses, else "".
 */
export function releaseOwnPages(): string {
  for (const { start, bytes } of unchangedPages(readProcFile('/proc/self/smaps'), process.execPath))
    if (madvise(start, bytes, MADV_DONTNEED) !== 0) return lastError();
  return '';
}

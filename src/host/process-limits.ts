/** Bounds that the kernel holds for this process alone; setrlimit(2), prctl(2). They cannot be lifted again by mistake. */

import { lastError, libc } from './ffi.ts';
import { readProcFile } from './proc-file.ts';

const RLIMIT_CPU = 0;
const RLIMIT_DATA = 2;
const RLIMIT_CORE = 4;
const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/**
 * `memoryBytes`: private memory on top of what the process has now (V8 sets half a gigabyte aside that it never touches;
 * Linux 4.7 on). malloc refuses more. Whoever takes more CPU time is ended by SIGXCPU. No core file, and an end as soon as
 * the parent ends.
 */
export function limitSelf({ memoryBytes, cpuSeconds }: { memoryBytes: number; cpuSeconds: number }): void {
  const [, hasKib] = /^VmData:\s+(\d+) kB$/m.exec(readProcFile('/proc/self/status')) ?? [];
  if (hasKib === undefined) throw new Error('Cannot bound the memory: /proc/self/status has no VmData');
  const most = Number(hasKib) * 1024 + memoryBytes;
  limit(RLIMIT_DATA, most, most);
  limit(RLIMIT_CPU, cpuSeconds, cpuSeconds + 1);
  limit(RLIMIT_CORE, 0, 0);
  if (libc.prctl(PR_SET_PDEATHSIG, SIGKILL) !== 0) throw new Error(`Cannot follow the parent: ${lastError()}`);
}

function limit(resource: number, soft: number, hard: number): void {
  const rlimit = Buffer.alloc(16);
  rlimit.writeBigUInt64LE(BigInt(soft), 0);
  rlimit.writeBigUInt64LE(BigInt(hard), 8);
  if (libc.setrlimit(resource, rlimit) !== 0) throw new Error(`Cannot set limit ${resource}: ${lastError()}`);
}

/**
 * Asks the kernel of every number whether a process has it, without reading /proc: kill(2) with signal 0 says ESRCH only
 * where there is none. A number that a rootkit takes out of listings still answers.
 */

import { declare, lastError, libc, O, syscall } from './ffi.ts';
import { numbersIn } from './pids.ts';

const kill = declare<(pid: number, signal: number) => number>('int kill(int pid, int signal)');

/** Numbers from `first` on that a process has (never those of its other threads), among `count`. */
export function processesAmong(first: number, count: number, isListed: (pid: number) => boolean): number[] {
  const found: number[] = [];
  for (let pid = Math.max(1, first); pid < first + count; pid += 1) {
    if (isListed(pid) || (kill(pid, 0) < 0 && lastError() !== 'EPERM')) continue;
    // Only the first thread of a process can be opened so: the number of another one is refused.
    const fd = syscall.pidfdOpen(pid, 0);
    if (fd < 0) continue;
    libc.close(fd);
    found.push(pid);
  }
  return found;
}

/** Numbers that a listing of /proc has, by getdents64(2): libraries that hide names replace readdir(3). */
export function listedProcesses(): number[] | undefined {
  const fd = libc.open('/proc', O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
  if (fd < 0) return undefined;
  try {
    return numbersIn(fd);
  } finally {
    libc.close(fd);
  }
}

/** How many files a process has open, against how many it may: proc_pid_fd(5), proc_pid_limits(5). */

import { type Host, isFailure } from '#model/host.ts';

/** Below so many nobody is short of them: each process may have 1,024 at least on any usual host. */
const LEAST = 900;
const NEARLY = 0.9;
const MAX_BYTES = 16 << 10;

/** In words; undefined where there is room, or the kernel does not say how many are open (before 6.2). */
export function filesRunningOut({ files }: Pick<Host, 'files'>, pid: number): string | undefined {
  const stat = files.stat(`/proc/${pid}/fd`);
  if (isFailure(stat) || stat.sizeBytes < LEAST) return undefined;
  const bytes = files.read(`/proc/${pid}/limits`, MAX_BYTES);
  const limit = isFailure(bytes) ? null : /^Max open files +(\d{1,15}) /m.exec(bytes.toString('latin1'));
  const most = Number(limit?.[1] ?? Number.POSITIVE_INFINITY);
  return stat.sizeBytes < most * NEARLY ? undefined : `${stat.sizeBytes} of the ${most} that it may`;
}

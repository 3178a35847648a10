/** Reads what /proc tells of one process. See proc(5) and docs/decisions/0021-process-cache.md. */

import { type ProcStat, parseProcStat } from '#formats/proc-stat.ts';
import { parseProcStatus } from '#formats/proc-status.ts';
import { byteText } from '#lib/byte-text.ts';
import { type Clock, type ExeState, type Files, isFailure, type ProcessFacts } from '#model/host.ts';

/** What reading a process needs of the host. */
export interface ProcessSource {
  readonly files: Files;
  readonly clock: Clock;
  userName(uid: number): string;
}

/** What is kept of a command line. Reading may find far more: ARG_MAX is at most 6 MiB (execve(2)). */
const CMDLINE_BYTES = 4096;
const ARGUMENTS_BYTES = 8 << 20;
const SMALL_BYTES = 64 * 1024;
const DELETED = ' (deleted)';
/** Clock ticks of /proc are hundredths of a second on every machine that Linux runs on (USER_HZ). */
export const TICK_MS = 10;

/** First line of facts: undefined when there is no such process. */
export function readStat(files: Files, pid: number): ProcStat | undefined {
  const bytes = files.read(`/proc/${pid}/stat`, SMALL_BYTES);
  return isFailure(bytes) ? undefined : parseProcStat(bytes);
}

/** Process id of a thread; undefined when the thread is gone. */
export function readProcessId(files: Files, tid: number): number | undefined {
  const bytes = files.read(`/proc/${tid}/status`, SMALL_BYTES);
  return isFailure(bytes) ? undefined : parseProcStatus(bytes)?.processId;
}

/**
 * All facts of a running process; undefined when it is gone, or became another one while we read (field 22 differs).
 * What may not be read is "" or 0.
 */
export function readFacts(source: ProcessSource, pid: number): ProcessFacts | undefined {
  const { files, clock } = source;
  const stat = readStat(files, pid);
  // A zombie has no executable, files or namespaces any more: what the cache has is better.
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  const statusBytes = files.read(`/proc/${pid}/status`, SMALL_BYTES);
  const status = isFailure(statusBytes) ? undefined : parseProcStatus(statusBytes);
  // The name of a thread that is not the first: /proc/TID can be read although it is not listed.
  if (status === undefined || status.processId !== pid) return undefined;
  const { exe, exeState } = stat.kernelThread ? { exe: '', exeState: 'unknown' as const } : readExe(files, pid);
  const facts: ProcessFacts = {
    pid,
    parentPid: stat.parentPid,
    startTicks: stat.startTicks,
    startedMs: clock.bootMs() + stat.startTicks * TICK_MS,
    comm: byteText(Buffer.from(stat.comm, 'latin1')),
    exe,
    exeState,
    cmdline: stat.kernelThread ? '' : readCmdline(files, pid),
    uid: status.effectiveUid,
    user: source.userName(status.effectiveUid),
    cgroup: readText(files, `/proc/${pid}/cgroup`).trimEnd(),
    namespace: readNamespace(files, pid),
    asStarted: false,
  };
  // It exited while we read, and perhaps another one has its number now: then some of this belongs to that one.
  return readStat(files, pid)?.startTicks === stat.startTicks ? facts : undefined;
}

/** Inode number of the network namespace of a process, 0 when it cannot be read. */
export function readNamespace(files: Files, pid: number): number {
  const link = files.readlink(`/proc/${pid}/ns/net`);
  const match = isFailure(link) ? undefined : /^net:\[(\d{1,15})\]$/.exec(link);
  return match ? Number(match[1]) : 0;
}

function readText(files: Files, path: string): string {
  const bytes = files.read(path, SMALL_BYTES);
  return isFailure(bytes) ? '' : byteText(bytes);
}

function readCmdline(files: Files, pid: number): string {
  const bytes = files.read(`/proc/${pid}/cmdline`, ARGUMENTS_BYTES);
  if (isFailure(bytes)) return '';
  let end = Math.min(bytes.length, CMDLINE_BYTES);
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  const words = Buffer.from(bytes.subarray(0, end));
  for (let at = words.indexOf(0); at >= 0; at = words.indexOf(0, at + 1)) words[at] = 0x20;
  return byteText(words);
}

/**
 * /proc/PID/exe ends with " (deleted)" when the file has no name any more. A file that is really called so is said to be
 * deleted as well: an attacker who plants one must not make a deleted program look present. The path is as the process
 * sees it, so what stands there now is looked up below its own root (containers).
 */
function readExe(files: Files, pid: number): { exe: string; exeState: ExeState } {
  const link = files.readlink(`/proc/${pid}/exe`);
  if (isFailure(link)) return { exe: '', exeState: 'unknown' };
  if (!link.endsWith(DELETED)) return { exe: link, exeState: 'present' };
  const exe = link.slice(0, -DELETED.length);
  if (exe.startsWith('/memfd:')) return { exe, exeState: 'memory' };
  return { exe, exeState: isFailure(files.stat(`/proc/${pid}/root${exe}`)) ? 'deleted' : 'replaced' };
}

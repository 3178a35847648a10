/** Reads what /proc tells of one process. See proc(5) and docs/decisions/0021-process-cache.md. */

import { type ProcStat, parseProcStat } from '#formats/proc-stat.ts';
import { parseProcStatus } from '#formats/proc-status.ts';
import { mayHoldSecrets, withoutSecretWords } from '#formats/secret-arguments.ts';
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
/** A process of thousands of ended threads must not keep us. */
const MAX_THREADS_ASKED = 64;
const SMALL_BYTES = 64 * 1024;
const MAPS_BYTES = 1 << 20;
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
 * All facts of a running process; undefined when it is gone or going, or became another one while we read (field 22
 * differs). What may not be read is "" or 0.
 */
export function readFacts(source: ProcessSource, pid: number): ProcessFacts | undefined {
  const { files, clock } = source;
  const stat = readStat(files, pid);
  const folder = stat?.ending ? livingThread(files, pid) : `/proc/${pid}`;
  if (stat === undefined || folder === undefined) return undefined;
  const statusBytes = files.read(`${folder}/status`, SMALL_BYTES);
  const status = isFailure(statusBytes) ? undefined : parseProcStatus(statusBytes);
  // The name of a thread that is not the first: /proc/TID can be read although it is not listed.
  if (status === undefined || status.processId !== pid) return undefined;
  const { exe, exeState } = readExe(files, folder, stat.parentPid);
  const facts: ProcessFacts = {
    pid,
    parentPid: stat.parentPid,
    startTicks: stat.startTicks,
    startedMs: clock.bootMs() + stat.startTicks * TICK_MS,
    comm: byteText(Buffer.from(stat.comm, 'latin1')),
    exe,
    exeState,
    cmdline: readCmdline(files, folder),
    uid: status.effectiveUid,
    user: source.userName(status.effectiveUid),
    cgroup: readText(files, `${folder}/cgroup`).trimEnd(),
    namespace: namespaceIn(files, folder),
    asStarted: false,
  };
  // It ended while we read (then some of this is empty), and perhaps another one has its number now.
  const after = readStat(files, pid);
  return after?.startTicks === stat.startTicks && after.ending === stat.ending ? facts : undefined;
}

/** A process whose first thread has ended looks like a zombie, and hides what it runs; its other threads tell. */
function livingThread(files: Files, pid: number): string | undefined {
  const tids = files.list(`/proc/${pid}/task`);
  if (isFailure(tids)) return undefined;
  for (const tid of tids.slice(0, MAX_THREADS_ASKED)) {
    const bytes = tid === String(pid) ? undefined : files.read(`/proc/${pid}/task/${tid}/stat`, SMALL_BYTES);
    if (bytes === undefined || isFailure(bytes)) continue;
    if (parseProcStat(bytes)?.ending === false) return `/proc/${pid}/task/${tid}`;
  }
  return undefined;
}

/** Inode number of the network namespace of a process, 0 when it cannot be read. */
export function readNamespace(files: Files, pid: number): number {
  return namespaceIn(files, `/proc/${pid}`);
}

function namespaceIn(files: Files, folder: string): number {
  const link = files.readlink(`${folder}/ns/net`);
  const match = isFailure(link) ? undefined : /^net:\[(\d{1,15})\]$/.exec(link);
  return match ? Number(match[1]) : 0;
}

function readText(files: Files, path: string): string {
  const bytes = files.read(path, SMALL_BYTES);
  return isFailure(bytes) ? '' : byteText(bytes);
}

function readCmdline(files: Files, folder: string): string {
  const bytes = files.read(`${folder}/cmdline`, ARGUMENTS_BYTES);
  if (isFailure(bytes)) return '';
  let end = Math.min(bytes.length, CMDLINE_BYTES);
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  const words = Buffer.from(bytes.subarray(0, end));
  for (let at = words.indexOf(0); at >= 0; at = words.indexOf(0, at + 1)) words[at] = 0x20;
  const text = byteText(words);
  if (!mayHoldSecrets(text)) return text;
  return withoutSecretWords(byteText(bytes.subarray(0, end)).split('\0')).join(' ');
}

/**
 * /proc/PID/exe ends with " (deleted)" when the file has no name any more. A file that is really called so is said to be
 * deleted as well: an attacker who plants one must not make a deleted program look present. The path is as the process
 * sees it, so what stands there now is looked up below its own root (containers).
 */
function readExe(files: Files, folder: string, parentPid: number): { exe: string; exeState: ExeState } {
  const link = files.readlink(`${folder}/exe`);
  if (isFailure(link)) return { exe: '', exeState: 'unknown' };
  if (link === '/') return { exe: detachedExe(files, folder, parentPid), exeState: 'present' };
  if (!link.endsWith(DELETED)) return { exe: link, exeState: 'present' };
  const exe = link.slice(0, -DELETED.length);
  if (exe.startsWith('/memfd:')) return { exe, exeState: 'memory' };
  return { exe, exeState: isFailure(files.stat(`${folder}/root${exe}`)) ? 'deleted' : 'replaced' };
}

/**
 * "/" is a file that is mounted nowhere: runc runs itself from such a mount of its own program. It is the parent's program
 * where both have mapped the same file: device and inode in proc_pid_maps(5).
 */
function detachedExe(files: Files, folder: string, parentPid: number): string {
  const parent = files.readlink(`/proc/${parentPid}/exe`);
  if (isFailure(parent)) return '/';
  const own = mappedFile(files, folder, '/');
  return own !== '' && own === mappedFile(files, `/proc/${parentPid}`, parent) ? parent : '/';
}

/** "08:01 131", or "" where it has not mapped a file of that path. */
function mappedFile(files: Files, folder: string, path: string): string {
  const bytes = files.read(`${folder}/maps`, MAPS_BYTES);
  if (isFailure(bytes)) return '';
  for (const line of bytes.toString('latin1').split('\n')) {
    const match = /^[0-9a-f]+-[0-9a-f]+ \S{4} [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+ \d+) +(\/.*)$/.exec(line);
    if (match?.[2] === path) return match[1] ?? '';
  }
  return '';
}

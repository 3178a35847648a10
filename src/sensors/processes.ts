/** The table `processes`: every process as it is now, asked for by people; never compared. See docs/sensors/processes.md. */

import { type Host, isFailure } from '#model/host.ts';
import type { Look } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { oddMemoryOf } from './odd-process-memory.ts';
import { fromOf, namesOf, whatRuns } from './process-origin.ts';
import { ancestorsOf, isWatched, type Running, type Scan, scanProcesses } from './process-scan.ts';

/** One row a process, as ps shows it, with what ps does not know. */
export const processes = defineTable({
  name: 'processes',
  doc: 'Processes that run now, with unit, package, session and signs of trouble.',
  slot: [],
  columns: {
    process: ['text', 'Number and start: the number alone is given again', 'identity'],
    pid: ['int', 'Process'],
    parentPid: ['int', 'Its parent process'],
    user: ['text', 'User whose rights it has'],
    uid: ['int', 'Number of the user'],
    cpu: ['text', 'Percent of one processor since its start, as ps shows it'],
    cpuMs: ['ms', 'Processor time that it used'],
    residentKb: ['int', 'Memory in use, KiB'],
    memory: ['text', 'Percent of the memory of this machine that is, as ps shows it'],
    virtualKb: ['int', 'Memory that it has reserved, KiB'],
    threads: ['int', 'How many threads it has'],
    tty: ['text', 'Terminal, or "?"'],
    state: ['text', 'R running, S sleeping, D waiting for a device, T stopped, Z ended and not yet fetched'],
    startedMs: ['time', 'When it was started'],
    exe: ['text', 'Executable as it is called now; "" for threads of the kernel'],
    exeState: ['text', 'present, deleted, replaced, memory or unknown'],
    script: ['text', 'What an interpreter runs'],
    comm: ['text', 'Name that it gives itself'],
    cmdline: ['text', 'Command line, cut at 4,096 characters'],
    unit: ['text', 'Unit or scope of systemd, as it is called now'],
    from: ['text', 'Unit, or without one the service that it descends from; random parts are "*"'],
    package: ['text', 'Package that ships the executable or the script'],
    packageState: ['text', 'packaged, unpackaged, altered or unknown; "" for threads of the kernel'],
    session: ['text', 'Login session'],
    container: ['text', 'Engine of the container that it is in'],
    parents: ['list', 'Parent processes, nearest first'],
    signs: ['list', 'What odd-processes found about it at its last look'],
    kernel: ['bool', 'A thread of the kernel'],
  },
});

/** A row of `processes`. */
export type ProcessRow = NonNullable<(typeof processes)['row']>;

const PAGE_KB = 4;
const TICK_MS = 10;

/** Looks at all processes; those of other network namespaces are left out where only our own is watched. */
export async function lookAtProcesses(host: Host): Promise<Look<ProcessRow>> {
  const scan = await scanProcesses(host);
  const totalKb = memoryOf(host);
  const rows: ProcessRow[] = [];
  for (const process of scan.processes.values()) {
    if (isWatched(host, process)) rows.push(rowOf(host, scan, { process, totalKb }));
  }
  return { rows, gaps: scan.gaps, by: '/proc' };
}

function rowOf(
  host: Host,
  scan: Scan,
  { process, totalKb }: { readonly process: Running; readonly totalKb: number },
): ProcessRow {
  const { stat, pid } = process;
  const ancestors = ancestorsOf(scan, process);
  const program = process.exe === '' ? undefined : whatRuns(host, process, process.script, false);
  const cpuMs = stat.cpuTicks * TICK_MS;
  return {
    process: `${pid} ${stat.startTicks}`,
    pid,
    parentPid: process.parentPid,
    user: process.user,
    uid: process.uid,
    cpu: ((cpuMs * 100) / Math.max(1, host.clock.nowMs() - process.startedMs)).toFixed(1),
    cpuMs,
    residentKb: stat.residentPages * PAGE_KB,
    memory: ((stat.residentPages * PAGE_KB * 100) / totalKb).toFixed(1),
    virtualKb: Math.floor(stat.virtualBytes / 1024),
    threads: stat.threads,
    tty: terminalName(stat.ttyNumber),
    state: stat.state,
    startedMs: process.startedMs,
    exe: process.exe,
    exeState: process.exeState,
    script: process.script,
    comm: process.comm,
    cmdline: process.cmdline,
    unit: process.unitNow,
    from: fromOf(host, process, ancestors),
    package: program?.package ?? '',
    packageState: program?.packageState ?? '',
    session: process.session,
    container: process.container,
    parents: namesOf(ancestors),
    signs: oddMemoryOf(host).signsOf(pid),
    kernel: stat.kernelThread,
  };
}

/** KiB of the machine; where /proc does not tell, more than any has, so that shares are 0. */
function memoryOf(host: Host): number {
  const bytes = host.files.read('/proc/meminfo');
  const kb = isFailure(bytes) ? 0 : Number(/^MemTotal:\s+(\d{1,15}) kB$/m.exec(bytes.toString('latin1'))?.[1] ?? 0);
  return kb > 0 ? kb : Number.MAX_SAFE_INTEGER;
}

/** "pts/3" of a device number: Documentation/admin-guide/devices.txt. */
function terminalName(number: number): string {
  if (number === 0) return '?';
  const major = (number >>> 8) & 0xfff;
  const minor = (number & 0xff) | ((number >>> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  return `${major}:${minor}`;
}

/**
 * What processes did, as rows of `odd-processes`: reached into another one, took the rights of root, or asked for memory
 * that may be run. The process may be gone by now; what events said of it is told then.
 */

import { stableExePath } from '#formats/stable-names.ts';
import { type Host, isFailure, type KernelEvent, type ProcessFacts } from '#model/host.ts';
import { oddMemoryOf } from './odd-process-memory.ts';
import { oddRow } from './odd-process-row.ts';
import type { OddRow } from './odd-process-table.ts';
import { goneRunning, isWatched, type Running, readRunning } from './process-scan.ts';
import { isEngineProgram } from './process-signs/file-signs.ts';
import { memorySigns } from './process-signs/memory-signs.ts';
import { nameSigns } from './process-signs/name-signs.ts';
import { isApart, isSetuidFile } from './process-signs/rights-signs.ts';
import type { Suspect } from './process-signs/sign.ts';
import { keptProgram } from './program-row.ts';
import { resolvePath } from './resolve-path.ts';

const PARENTS = 8;
const MAX_DESCRIPTORS = 256;

/** Rows of an event that is no start. */
export function whatCameOf(host: Host, event: KernelEvent): OddRow[] {
  if (event.kind === 'became-root') return becameRoot(host, event);
  if (event.kind === 'executable-memory') return gotExecutable(host, event);
  if (event.kind === 'renamed') return gotName(host, event);
  const rows = reached(host, event);
  return rows.length > 0 || event.kind === 'trace' ? rows : reachedSomewhere(host, event);
}

/**
 * Started from a file in memory, by a descriptor, and gone before it could be asked: the calls prove it. Engines and
 * systemd hand on descriptors of memory all day, and start others by descriptors.
 */
export function fromMemory(host: Host, { fromMemory: is, process, before, filename = '' }: KernelEvent): OddRow[] {
  if (is !== true || before === undefined || process?.asStarted !== true || process.exe !== filename) return [];
  if (!isWatched(host, process)) return [];
  const running = goneRunning({ ...before, exe: '/memfd:', exeState: 'memory', cmdline: '', asStarted: true });
  const suspect = suspectOf(host, running);
  if (isEngineProgram(host, before.exe)) return [];
  return [oddRow(suspect, { sign: 'memory', value: 'memfd', detail: `started by ${stableExePath(before.exe)}` })];
}

/** It calls itself something else from now on. */
function gotName(host: Host, event: KernelEvent): OddRow[] {
  const { process } = event;
  if (process === undefined || process.exe === '' || !isWatched(host, process)) return [];
  const running = readRunning(host, process);
  if (running === undefined) return [];
  const suspect = suspectOf(host, running);
  return nameSigns(suspect).map((sign) => oddRow(suspect, sign));
}

/** It opened the memory of another process, or reached there, and both the descriptor and itself are gone. */
function reachedSomewhere(host: Host, event: KernelEvent): OddRow[] {
  const { process } = event;
  if (process === undefined || process.exe === '' || !isWatched(host, process)) return [];
  if (readRunning(host, process) !== undefined) return [];
  if (event.kind === 'memory-read' && event.target !== 0) return [];
  const value = event.kind === 'memory-read' ? 'read only' : '';
  return [oddRow(suspectOf(host, goneRunning(process)), { sign: 'wrote memory', value })];
}

/** A process with what stands around it, asked now. */
export function suspectOf(host: Host, process: Running): Suspect {
  const ancestors = host.processes.parents(process.pid, PARENTS);
  const [first] = ancestors;
  return {
    host,
    process,
    ancestors,
    parent: first === undefined ? undefined : readRunning(host, first),
    other: (pid) => host.processes.get(pid),
    program: () => keptProgram(host, process, false),
  };
}

const HOW: Readonly<Record<string, string>> = { 'memory-write': 'written by ', 'memory-read': 'read by ' };

/** One process reached into another: the row is the other one's, as it will be in a look that finds it traced. */
function reached(host: Host, event: KernelEvent): OddRow[] {
  const { process } = event;
  if (process === undefined) return [];
  const target = targetOf(host, event, process);
  const facts = target === undefined ? undefined : host.processes.get(target);
  if (facts === undefined || facts.pid === process.pid || !isWatched(host, facts)) return [];
  const running = readRunning(host, facts);
  if (running === undefined || (event.kind === 'memory-read' && mayRead(host, process, running))) return [];
  const by = stableExePath(process.exe || process.comm);
  const value = `${HOW[event.kind] ?? ''}${by}`;
  return [oddRow(suspectOf(host, running), { sign: 'traced', value, detail: String(process.pid), by: process })];
}

/** Workers of one program share memory so (MPI); a supervisor reads what it started itself. */
function mayRead(host: Host, by: ProcessFacts, target: Running): boolean {
  if (by.exe === target.exe && by.uid === target.uid) return true;
  return host.processes.parents(target.pid, PARENTS).some(({ pid }) => pid === by.pid);
}

/** The number of the other process; undefined where it is of another pid namespace than ours, or cannot be told. */
function targetOf(host: Host, event: KernelEvent, process: ProcessFacts): number | undefined {
  const rights = readRunning(host, process)?.rights;
  if (rights !== undefined && rights.namespacePids.length > 1) return undefined;
  if (event.target !== undefined && event.target > 0) return event.target;
  const folder = `/proc/${event.pid}/fd`;
  const names = host.files.list(folder);
  if (isFailure(names)) return undefined;
  for (const name of names.slice(0, MAX_DESCRIPTORS)) {
    const link = host.files.readlink(`${folder}/${name}`);
    const match = isFailure(link) ? null : /^\/proc\/(\d{1,10})\/(?:task\/\d{1,10}\/)?mem$/.exec(link);
    if (match !== null) return Number(match[1]);
  }
  return undefined;
}

/** It has the rights of root by a call of its own, and none of its ids was root's before. */
function becameRoot(host: Host, event: KernelEvent): OddRow[] {
  const running = actor(host, event);
  if (running === undefined || isApart(running)) return [];
  // In a user namespace of its own root is nobody out here.
  if (running.rights?.uids.every((uid) => uid !== 0) === true) return [];
  const was = host.userName(event.formerUid ?? 0);
  return told(host, running, { value: `from ${was}, by its own call`, detail: `was ${was}` });
}

/** Somebody who is not root started a setuid program of root's that no package ships. */
export function byForeignSetuid(host: Host, event: KernelEvent): OddRow[] {
  const running = actor(host, event);
  if (running === undefined || isApart(running) || !running.exe.startsWith('/')) return [];
  const suspect = suspectOf(host, running);
  const { packageState } = suspect.program();
  if (packageState !== 'unpackaged' || isSetuidFile(host, resolvePath(host.files, running.exe)) !== true) return [];
  // "nosuid", or told to take no new rights.
  if (running.rights?.uids.every((uid) => uid !== 0) === true) return [];
  const was = host.userName(event.formerUid ?? 0);
  return told(host, running, { value: `from ${was}, by a setuid file`, detail: `started by ${was}` });
}

/** Once a family: what the new root starts is root by it. */
function told(host: Host, running: Running, { value, detail }: { value: string; detail: string }): OddRow[] {
  const memory = oddMemoryOf(host);
  const process = { ...running, uid: 0, user: host.userName(0) };
  const suspect = suspectOf(host, process);
  if (memory.isRooted([process, ...suspect.ancestors])) return [];
  if (!host.own.has(process.pid)) memory.roots(process);
  return [oddRow(suspect, { sign: 'became root', value, detail })];
}

/** Asked of programs that no package vouches for and of those that never compile: engines do it all day. */
function gotExecutable(host: Host, event: KernelEvent): OddRow[] {
  const running = actor(host, event);
  if (running === undefined) return [];
  const suspect = suspectOf(host, running);
  if (!isWorthAsking(suspect)) return [];
  const signs = running.gone === true ? [] : memorySigns(host, running);
  // Gone, or given back already: only what was written and run at once is proven by the call.
  if (signs.length === 0 && event.writable === true) signs.push({ sign: 'executable memory', value: 'writable' });
  return signs.map((sign) => oddRow(suspect, sign));
}

const NEVER_COMPILE =
  /\/(?:sshd|sshd-session|systemd|systemd-\S+|cron|crond|login|sudo|su|agetty|dbus-daemon|rsyslogd|init|ssh-agent|gpg-agent|auditd|polkitd)$/;

function isWorthAsking({ process, program }: Suspect): boolean {
  if (NEVER_COMPILE.test(process.exe)) return true;
  const { packageState } = program();
  return packageState === 'unpackaged' || packageState === 'altered';
}

/**
 * Who acted, as the program that it was then: by now it may run another one, or be gone. What was told of its name counts
 * more than what runs below its number.
 */
function actor(host: Host, event: KernelEvent): Running | undefined {
  const facts = asItWas(host, event);
  if (facts === undefined || facts.exe === '' || !isWatched(host, facts)) return undefined;
  return readRunning(host, facts) ?? goneRunning(facts);
}

function asItWas(host: Host, { kind, pid, process, before, filename = '' }: KernelEvent): ProcessFacts | undefined {
  const exe = kind === 'exec' ? filename : (before?.exe ?? '');
  if (process === undefined || process.exe === exe) return process;
  if (exe.startsWith('/')) {
    const comm = exe.slice(exe.lastIndexOf('/') + 1, exe.lastIndexOf('/') + 16);
    return { ...process, exe, comm, cmdline: '', exeState: 'unknown', asStarted: true };
  }
  return process.asStarted ? (host.processes.get(pid) ?? process) : process;
}

/**
 * One reading of all processes for every table that is about them. What can only change by an exec is kept from one
 * reading to the next; what may change at any time (rights, tracer, terminal) is read again: two files and a link a
 * process.
 */

import { setImmediate as breathe } from 'node:timers/promises';
import { belongingOf } from '#formats/cgroup.ts';
import { type ProcRights, parseProcRights } from '#formats/proc-rights.ts';
import { type ProcStat, parseProcStat } from '#formats/proc-stat.ts';
import { scriptOf } from '#formats/script-of.ts';
import { stableExePath } from '#formats/stable-names.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';

/** A process that ran when the reading was made. */
export interface Running extends ProcessFacts {
  readonly stat: ProcStat;
  /** Undefined where its status could not be read. */
  readonly rights: ProcRights | undefined;
  readonly unit: string;
  readonly unitNow: string;
  readonly session: string;
  readonly container: string;
  /** What an interpreter runs, as `scriptOf` says, random parts made stable. */
  readonly script: string;
  /** A zombie, or about to end: nothing but its name can be told. */
  readonly ending: boolean;
  /** It has ended: all of this is what events told. */
  readonly gone?: true;
}

export interface Scan {
  readonly processes: ReadonlyMap<number, Running>;
  readonly gaps: readonly Gap[];
  /** Monotonic. */
  readonly takenMs: number;
}

interface Known {
  readonly running: Running;
  readonly link: string;
  /** Readings since it was first seen with this program: its cgroup is read once more at the second. */
  readings: number;
}

interface Memory {
  readonly known: Map<number, Known>;
  last: Scan | undefined;
  reading: Promise<Scan> | undefined;
}

/** Tables that are looked at together share a reading. */
const SHARED_MS = 1000;
const SLICE = 32;
/** As many as a host can have is beyond what can be read in a look; the rest is a gap. */
const MAX_PROCESSES = 32_768;
const SMALL_BYTES = 64 << 10;
const DELETED = ' (deleted)';
const PARENTS = 8;

const memories = new WeakMap<Host, Memory>();

/** All processes, from a reading at most a second old. */
export async function scanProcesses(host: Host): Promise<Scan> {
  const memory = memoryOf(host);
  const { last } = memory;
  if (last !== undefined && host.clock.monotonicMs() - last.takenMs < SHARED_MS) return last;
  memory.reading ??= readAll(host, memory).finally(() => {
    memory.reading = undefined;
  });
  return await memory.reading;
}

/**
 * Where only our own network namespace is watched (a container, a test), so are only its processes: those of another,
 * or whose namespace cannot be told, are none of our business.
 */
export function isWatched(host: Host, process: ProcessFacts): boolean {
  if (host.scope === 'all') return true;
  return host.network.namespaces('own').some(({ inode }) => inode === process.namespace);
}

/** By what is known of it without asking: false where it certainly is none of our business. */
export function mayBeWatched(host: Host, before: ProcessFacts | undefined): boolean {
  return before === undefined || before.namespace === 0 || isWatched(host, before);
}

/** Parent processes, nearest first, at most eight. A parent that is younger than its child is not it. */
export function ancestorsOf(scan: Scan, process: ProcessFacts): readonly Running[] {
  const chain: Running[] = [];
  let child = process;
  while (chain.length < PARENTS) {
    const parent = child.parentPid > 0 ? scan.processes.get(child.parentPid) : undefined;
    if (parent === undefined || parent.startTicks > child.startTicks) break;
    chain.push(parent);
    child = parent;
  }
  return chain;
}

function memoryOf(host: Host): Memory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const memory: Memory = { known: new Map(), last: undefined, reading: undefined };
  memories.set(host, memory);
  return memory;
}

async function readAll(host: Host, memory: Memory): Promise<Scan> {
  const names = host.files.list('/proc');
  const takenMs = host.clock.monotonicMs();
  if (isFailure(names)) {
    return { processes: new Map(), gaps: [{ what: '/proc', why: names.error }], takenMs };
  }
  const pids = names.filter((name) => /^[1-9]\d{0,9}$/.test(name)).map(Number);
  const processes = new Map<number, Running>();
  const fresh = new Map<number, Known>();
  let [unreadable, asked] = [0, 0];
  for (const pid of pids.slice(0, MAX_PROCESSES)) {
    asked += 1;
    if (asked % SLICE === 0) await breathe();
    const known = readOne(host, pid, memory.known.get(pid));
    if (known === undefined) continue;
    fresh.set(pid, known);
    processes.set(pid, known.running);
    const { running } = known;
    if (running.exe === '' && !running.stat.kernelThread && !running.ending) unreadable += 1;
  }
  memory.known.clear();
  for (const [pid, known] of fresh) memory.known.set(pid, known);
  memory.last = { processes, gaps: gapsOf(unreadable, pids.length), takenMs };
  return memory.last;
}

function gapsOf(unreadable: number, count: number): Gap[] {
  const gaps: Gap[] = [];
  if (unreadable > 0)
    gaps.push({
      what: 'executables of processes',
      why: `${unreadable} of ${count} do not tell what they run`,
      reduced: true,
    });
  if (count > MAX_PROCESSES)
    gaps.push({ what: 'processes', why: `only ${MAX_PROCESSES} of ${count} are looked at`, next: 'ps -e | wc -l' });
  return gaps;
}

function readOne(host: Host, pid: number, known: Known | undefined): Known | undefined {
  const bytes = host.files.read(`/proc/${pid}/stat`, SMALL_BYTES);
  const stat = isFailure(bytes) ? undefined : parseProcStat(bytes);
  // Another process below this number: a mount covers it, which the table mounts tells of.
  if (stat?.pid !== pid) return undefined;
  if (stat.kernelThread || stat.ending) {
    return { running: { ...ofKernel(host, stat), ending: stat.ending }, link: '', readings: 0 };
  }
  return readProgram(host, stat, known);
}

function readProgram(host: Host, stat: ProcStat, known: Known | undefined): Known | undefined {
  const { pid } = stat;
  const exe = host.files.readlink(`/proc/${pid}/exe`);
  const link = isFailure(exe) ? '' : exe;
  const rights = rightsOf(host, pid);
  const same = known !== undefined && isSame(known, stat, link) ? known : undefined;
  if (same !== undefined && same.readings !== 1 && !link.endsWith(DELETED)) {
    return { running: renewed(host, same.running, { stat, rights }), link, readings: same.readings + 1 };
  }
  const facts = host.processes.get(pid);
  // Another one has the number by now, or it runs another program since the link was read: the next reading tells.
  if (facts?.startTicks !== stat.startTicks) return undefined;
  return { running: made(facts, { stat, rights }), link, readings: same === undefined ? 1 : 2 };
}

/** The same process, running the same program as at the last reading. */
function isSame({ running, link: before }: Known, stat: ProcStat, link: string): boolean {
  return running.startTicks === stat.startTicks && before === link && !running.ending;
}

function rightsOf(host: Host, pid: number): ProcRights | undefined {
  const bytes = host.files.read(`/proc/${pid}/status`, SMALL_BYTES);
  return isFailure(bytes) ? undefined : parseProcRights(bytes);
}

type Read = Pick<Running, 'stat' | 'rights'>;

function renewed(host: Host, before: Running, { stat, rights }: Read): Running {
  const comm = Buffer.from(stat.comm, 'latin1').toString('utf8');
  const uid = rights?.uids[1] ?? before.uid;
  const user = uid === before.uid ? before.user : host.userName(uid);
  return { ...before, stat, rights, uid, user, comm, parentPid: stat.parentPid };
}

/** One process by itself, read now; undefined when it is gone or another one has its number by now. */
export function readRunning(host: Host, facts: ProcessFacts): Running | undefined {
  const bytes = host.files.read(`/proc/${facts.pid}/stat`, SMALL_BYTES);
  const stat = isFailure(bytes) ? undefined : parseProcStat(bytes);
  if (stat === undefined || stat.startTicks !== facts.startTicks || stat.ending) return undefined;
  const rights = rightsOf(host, facts.pid);
  // The facts may be some milliseconds older than a change of user.
  const uid = rights?.uids[1] ?? facts.uid;
  const user = uid === facts.uid ? facts.user : host.userName(uid);
  return made({ ...facts, uid, user }, { stat, rights });
}

/** One that has ended, by what is remembered of it. */
export function goneRunning(facts: ProcessFacts): Running {
  const { pid, comm, parentPid, startTicks } = facts;
  const unread = { state: 'X', session: 0, ttyNumber: 0, cpuTicks: 0, threads: 0, virtualBytes: 0, residentPages: 0 };
  const stat: ProcStat = { ...unread, pid, comm, parentPid, startTicks, kernelThread: false, ending: true };
  return { ...made(facts, { stat, rights: undefined }), ending: true, gone: true };
}

/** A process of the reading, from facts that were just read. */
function made(facts: ProcessFacts, { stat, rights }: Read): Running {
  const { unit, unitNow, session, container } = belongingOf(facts.cgroup);
  const script = stableExePath(scriptOf(facts.exe, facts.cmdline));
  return { ...facts, stat, rights, unit, unitNow, session, container, script, ending: false };
}

function ofKernel(host: Host, stat: ProcStat): Running {
  return {
    pid: stat.pid,
    parentPid: stat.parentPid,
    startTicks: stat.startTicks,
    startedMs: host.clock.bootMs() + stat.startTicks * 10,
    comm: Buffer.from(stat.comm, 'latin1').toString('utf8'),
    exe: '',
    exeState: 'unknown',
    cmdline: '',
    uid: 0,
    user: 'root',
    cgroup: '',
    namespace: 0,
    asStarted: false,
    stat,
    rights: undefined,
    unit: '',
    unitNow: '',
    session: '',
    container: '',
    script: '',
    ending: false,
  };
}

/**
 * One reading of all processes for every table that is about them. What can only change by an exec is kept from one
 * reading to the next; what may change at any time (rights, tracer, terminal) is read again: two files and a link a
 * process. Who only wants to know what processes have become leaves those alone that have not run since they were read:
 * a process gets other rights, another program or name by its own doing. See docs/decisions/0222-who-has-not-run.md.
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
  /** What its main thread had run until just before it was read; "" where the kernel does not tell. */
  readonly ran: string;
  /** Monotonic. */
  readonly readMs: number;
}

interface Memory {
  readonly known: Map<number, Known>;
  last: Scan | undefined;
  /** The last one that read every process. */
  lastWhole: Scan | undefined;
  reading: { readonly scan: Promise<Scan>; readonly whole: boolean } | undefined;
}

/** What a reading is for: times and counts of every process (`whole`), or what they have become (`changed`). */
export type Depth = 'whole' | 'changed';

/**
 * A process that does not run is read anew after this long: its parent may have ended, a tracer may have come without
 * waking it.
 */
const TRUSTED_MS = 55_000;
/** Tables that are looked at together share a reading. */
const SHARED_MS = 1000;
const SLICE = 32;
/** As many as a host can have is beyond what can be read in a look; the rest is a gap. */
const MAX_PROCESSES = 32_768;
const SMALL_BYTES = 64 << 10;
const DELETED = ' (deleted)';
const PARENTS = 8;

const memories = new WeakMap<Host, Memory>();

/** All processes, from a reading at most a second old; one that is under way is as good if it reads as much. */
export async function scanProcesses(host: Host, depth: Depth = 'whole'): Promise<Scan> {
  const memory = memoryOf(host);
  const whole = depth === 'whole';
  const last = whole ? memory.lastWhole : memory.last;
  if (last !== undefined && host.clock.monotonicMs() - last.takenMs < SHARED_MS) return last;
  while (memory.reading !== undefined) {
    const { scan, whole: reads } = memory.reading;
    if (reads || !whole) return await scan;
    await scan;
  }
  const scan = readAll(host, memory, whole).finally(() => {
    memory.reading = undefined;
  });
  memory.reading = { scan, whole };
  return await scan;
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
  const memory: Memory = { known: new Map(), last: undefined, lastWhole: undefined, reading: undefined };
  memories.set(host, memory);
  return memory;
}

async function readAll(host: Host, memory: Memory, whole: boolean): Promise<Scan> {
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
    const known = readOne(host, pid, memory.known.get(pid), whole ? Number.POSITIVE_INFINITY : takenMs);
    if (known === undefined) continue;
    fresh.set(pid, known);
    processes.set(pid, known.running);
    const { running } = known;
    if (running.exe === '' && !running.stat.kernelThread && !running.ending) unreadable += 1;
  }
  memory.known.clear();
  for (const [pid, known] of fresh) memory.known.set(pid, known);
  memory.last = { processes, gaps: gapsOf(unreadable, pids.length), takenMs };
  if (whole) memory.lastWhole = memory.last;
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

/** `nowMs`: monotonic; whoever was read so long before that is read again. */
function readOne(host: Host, pid: number, known: Known | undefined, nowMs: number): Known | undefined {
  // Before all else: what it does while it is read shows at the next reading.
  const ran = ranOf(host, pid);
  if (known !== undefined && ran !== '' && ran === known.ran && isTrusted(host, known, nowMs)) return known;
  const bytes = host.files.read(`/proc/${pid}/stat`, SMALL_BYTES);
  const stat = isFailure(bytes) ? undefined : parseProcStat(bytes);
  // Another process below this number: a mount covers it, which the table mounts tells of.
  if (stat?.pid !== pid) return undefined;
  const at = { ran, readMs: host.clock.monotonicMs() };
  if (stat.kernelThread || stat.ending) {
    return { running: { ...ofKernel(host, stat), ending: stat.ending }, link: '', readings: 0, ...at };
  }
  const read = readProgram(host, stat, known);
  return read && { ...read, ...at };
}

/** Nanoseconds and times that the main thread ran, and waited to: Documentation/scheduler/sched-stats.rst. */
function ranOf(host: Host, pid: number): string {
  const bytes = host.files.read(`/proc/${pid}/schedstat`, SMALL_BYTES);
  return isFailure(bytes) ? '' : bytes.toString('latin1');
}

/** It has not run: the same one as when it was read, but for what others can do to it. */
function isTrusted(host: Host, { running, link, readings, readMs }: Known, nowMs: number): boolean {
  if (running.ending || nowMs - readMs > TRUSTED_MS) return false;
  if (running.stat.kernelThread) return true;
  // Somebody may remove the file while it sleeps.
  return readings > 1 && !link.endsWith(DELETED) && linkOf(host, running.pid) === link;
}

function linkOf(host: Host, pid: number): string {
  const exe = host.files.readlink(`/proc/${pid}/exe`);
  return isFailure(exe) ? '' : exe;
}

function readProgram(
  host: Host,
  stat: ProcStat,
  known: Known | undefined,
): Pick<Known, 'running' | 'link' | 'readings'> | undefined {
  const { pid } = stat;
  const link = linkOf(host, pid);
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

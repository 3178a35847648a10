/**
 * Facts of processes, also of those that are gone by the time somebody asks: kept by what the kernel's fork, exec and
 * exit events say, read from /proc when asked. See docs/decisions/0021-process-cache.md.
 */

import { byteText } from '#lib/byte-text.ts';
import type { Processes, ProcessFacts } from '#model/host.ts';
import { type ProcessSource, readFacts, readProcessId, readStat, TICK_MS } from './process-facts.ts';
import { makeThreads } from './threads.ts';

/** The cache, with the hooks for the source of kernel events. Times are nanoseconds of CLOCK_BOOTTIME. */
export interface ProcessTracker extends Processes {
  /** `parentTid` made `child`; `flags` as of clone(2). */
  onFork(event: { timeNs: number; parentTid: number; child: number; flags: number }): void;
  /** An exec that lies ahead in what was already read from the kernel: events before it are not of the new program. */
  expectExec(pid: number, timeNs: number): void;
  onExec(event: { timeNs: number; pid: number; oldTid: number; filename: Buffer }): void;
  /** `last` undefined: the kernel does not say whether the whole process ended. */
  onExit(event: { timeNs: number; tid: number; last: boolean | undefined }): void;
  /** A thread of this process moved to another namespace: its namespace must be read again. */
  onNamespaceChange(tid: number): void;
  /** Events were lost: nothing known may be taken for current any more. */
  onLoss(): void;
  /** The process that a thread belonged to when an event happened. `pid` is the thread's when that cannot be told. */
  at(tid: number, timeNs: number): { readonly pid: number; readonly process: ProcessFacts | undefined };
  /** Entries kept now. */
  readonly size: number;
}

interface Entry {
  readonly pid: number;
  /** When it was made; 0: before we looked. */
  readonly bornNs: number;
  /** As fork said, so that it is right also after the parent ended; 0 when not known. */
  readonly parentPid: number;
  facts: ProcessFacts | undefined;
  /** When the facts were read; 0: they are the parent's. */
  readNs: number;
  execNs: number;
  nextExecNs: number;
  filename: string;
  exitNs: number;
  moved: boolean;
}

const CLONE_THREAD = 0x10000;
const CLONE_NEWNET = 0x40000000;
const KEEP_GONE_NS = 30e9;
/** Above this many entries the one that ended first goes, then the oldest: a fork bomb must not take our memory. */
const MAX_ENTRIES = 32_768;
/** A process that only asks (`get`) may see facts this old; one that acts (`at`) is looked at again after 20 ms. */
const ASKED_AGE_NS = 1e9;
const ACTING_AGE_NS = 20e6;
/** The fast boot clock of the tracer may lag behind by this much. */
const CLOCK_SLACK_NS = 1e6;

/** Makes the cache; without hooks being called it reads /proc anew after a second. */
export function openProcesses(source: ProcessSource): ProcessTracker {
  const { files, clock } = source;
  const entries = new Map<number, Entry>();
  const threads = makeThreads();
  const gone: Entry[] = [];
  const nowNs = (): number => clock.monotonicMs() * 1e6;

  const drop = (entry: Entry): void => {
    if (entries.get(entry.pid) === entry) entries.delete(entry.pid);
  };
  const sweep = (timeNs: number): void => {
    while (gone[0] !== undefined && (gone[0].exitNs < timeNs - KEEP_GONE_NS || entries.size > MAX_ENTRIES)) {
      drop(gone.shift() as Entry);
    }
    while (entries.size > MAX_ENTRIES) entries.delete(entries.keys().next().value as number);
    threads.sweep(timeNs - KEEP_GONE_NS);
  };
  const add = (pid: number, parentPid: number, bornNs: number): Entry => {
    const entry: Entry = { pid, parentPid, bornNs, facts: undefined, readNs: 0, ...fresh };
    entries.delete(pid);
    entries.set(pid, entry);
    if (entries.size > MAX_ENTRIES) sweep(bornNs);
    return entry;
  };
  const end = (entry: Entry, timeNs: number): void => {
    if (entry.exitNs > 0) return;
    entry.exitNs = timeNs;
    gone.push(entry);
    sweep(timeNs);
  };
  const processIdOf = (tid: number): number => {
    if (entries.has(tid)) return tid;
    const known = threads.get(tid);
    if (known !== undefined) return known;
    const processId = readProcessId(files, tid);
    if (processId !== undefined && processId !== tid) threads.set(tid, processId);
    return processId ?? tid;
  };
  /** Facts for a process that is gone: what was read, made to fit what is known to have happened since. */
  const remembered = (entry: Entry, depth: number): ProcessFacts | undefined => {
    const base = entry.facts ?? (entry.parentPid > 0 && depth > 0 ? inherited(entry, depth - 1) : undefined);
    if (base === undefined) return entry.filename === '' ? undefined : bare(entry, clock);
    const here = entry.moved ? { ...base, namespace: 0 } : base;
    return entry.execNs > entry.readNs ? { ...here, ...startedAs(entry.filename) } : here;
  };
  const inherited = (entry: Entry, depth: number): ProcessFacts | undefined => {
    const parent = entries.get(entry.parentPid);
    // The parent's own later program is not the child's.
    if (parent !== undefined && parent.execNs > entry.bornNs && entry.execNs === 0) return undefined;
    const facts = parent ? resolve(parent, nowNs(), ASKED_AGE_NS, depth) : read(add(entry.parentPid, 0, 0), nowNs());
    return facts && childOf(facts, entry, clock);
  };
  const read = (entry: Entry, timeNs: number): ProcessFacts | undefined => {
    const facts = readFacts(source, entry.pid);
    if (facts === undefined || isReused(facts, entry, timeNs)) return undefined;
    const parentPid = entry.parentPid > 0 && entries.has(entry.parentPid) ? entry.parentPid : facts.parentPid;
    entry.facts = { ...facts, parentPid };
    entry.readNs = nowNs();
    entry.moved = false;
    return entry.facts;
  };
  const resolve = (entry: Entry, timeNs: number, ageNs: number, depth = 8): ProcessFacts | undefined => {
    const current = entry.readNs > entry.execNs && !entry.moved;
    // Facts read after a later exec are that program's, not the one's that acted.
    const ahead = entry.nextExecNs > timeNs;
    if (entry.exitNs > 0 || ahead) return remembered(entry, depth);
    if (current && entry.facts !== undefined && nowNs() - entry.readNs <= ageNs) return entry.facts;
    const facts = read(entry, timeNs);
    if (facts !== undefined) return facts;
    end(entry, nowNs());
    return remembered(entry, depth);
  };
  const entryOf = (pid: number): Entry => entries.get(pid) ?? add(pid, 0, 0);
  const get = (pid: number): ProcessFacts | undefined => {
    if (pid <= 0) return undefined;
    const known = entries.get(pid);
    if (known !== undefined) {
      const facts = resolve(known, nowNs(), ASKED_AGE_NS);
      return known.exitNs === 0 ? facts : (successor(known) ?? facts);
    }
    const facts = read(add(pid, 0, 0), nowNs());
    if (facts === undefined) entries.delete(pid);
    return facts;
  };
  /** Whoever has the number of a process that is gone by now. */
  const successor = (old: Entry): ProcessFacts | undefined => {
    const ticks = old.facts?.startTicks ?? Math.floor(old.bornNs / 1e6 / TICK_MS);
    const stat = readStat(files, old.pid);
    if (stat === undefined || stat.startTicks <= ticks) return undefined;
    return read(add(old.pid, 0, 0), nowNs());
  };

  return {
    get,
    parents(pid, limit) {
      const chain: ProcessFacts[] = [];
      for (let child = get(pid); child !== undefined && chain.length < limit; ) {
        const parent = child.parentPid > 0 ? get(child.parentPid) : undefined;
        // Younger than its child: the parent is gone and its number was given again.
        if (parent === undefined || parent.startTicks > child.startTicks) break;
        chain.push(parent);
        child = parent;
      }
      return chain;
    },
    list() {
      const names = files.list('/proc');
      const pids = Array.isArray(names)
        ? (names as readonly string[]).filter((name) => /^[1-9]\d{0,9}$/.test(name))
        : [];
      return pids.map((name) => get(Number(name))).filter((facts) => facts !== undefined);
    },
    at(tid, timeNs) {
      if (tid <= 0) return { pid: 0, process: undefined };
      const pid = processIdOf(tid);
      return { pid, process: resolve(entryOf(pid), timeNs, ACTING_AGE_NS) };
    },
    onFork({ timeNs, parentTid, child, flags }) {
      const parentPid = processIdOf(parentTid);
      if ((flags & CLONE_THREAD) !== 0) {
        threads.set(child, parentPid);
        return;
      }
      threads.delete(child);
      const entry = add(child, parentPid, timeNs);
      const parent = entries.get(parentPid);
      const facts = parent && (parent.exitNs > 0 || parent.facts) ? remembered(parent, 0) : undefined;
      entry.facts = facts && childOf(facts, entry, clock);
      entry.moved = (flags & CLONE_NEWNET) !== 0 || (parent?.moved ?? false);
    },
    expectExec(pid, timeNs) {
      const entry = entries.get(pid);
      if (entry && entry.nextExecNs === 0) entry.nextExecNs = timeNs;
    },
    onExec({ timeNs, pid, oldTid, filename }) {
      if (oldTid !== pid) threads.delete(oldTid);
      const entry = entryOf(pid);
      entry.execNs = timeNs;
      if (entry.nextExecNs <= timeNs) entry.nextExecNs = 0;
      entry.filename = byteText(filename);
    },
    onExit({ timeNs, tid, last }) {
      const pid = threads.get(tid) ?? tid;
      const entry = entries.get(pid);
      if (pid !== tid) threads.end(tid, timeNs);
      if (entry !== undefined && (last ?? (tid === pid && readStat(files, pid) === undefined))) end(entry, timeNs);
    },
    onNamespaceChange(tid) {
      const entry = entries.get(processIdOf(tid));
      if (entry) entry.moved = true;
    },
    onLoss() {
      for (const entry of entries.values()) if (entry.exitNs === 0) entry.readNs = 0;
      threads.clear();
    },
    get size() {
      return entries.size;
    },
  };
}

const fresh = { execNs: 0, nextExecNs: 0, filename: '', exitNs: 0, moved: false } as const;

/** Started after the event, or not when fork said: somebody else has the number now. */
function isReused(facts: ProcessFacts, entry: Entry, timeNs: number): boolean {
  const startNs = facts.startTicks * TICK_MS * 1e6;
  if (startNs > timeNs + CLOCK_SLACK_NS) return true;
  return entry.bornNs > 0 && Math.abs(startNs - entry.bornNs) > 2 * TICK_MS * 1e6;
}

function startedAs(filename: string): Partial<ProcessFacts> {
  const name = filename.slice(filename.lastIndexOf('/') + 1);
  return { exe: filename, exeState: 'unknown', comm: name.slice(0, 15), cmdline: '', asStarted: true };
}

function childOf(parent: ProcessFacts, entry: Entry, clock: ProcessSource['clock']): ProcessFacts {
  return { ...parent, pid: entry.pid, parentPid: entry.parentPid, ...startOf(entry, clock) };
}

function startOf(entry: Entry, clock: ProcessSource['clock']): Pick<ProcessFacts, 'startTicks' | 'startedMs'> {
  const startTicks = Math.floor(entry.bornNs / 1e6 / TICK_MS);
  return { startTicks, startedMs: clock.bootMs() + startTicks * TICK_MS };
}

/** All that is known is what was passed to exec. */
function bare(entry: Entry, clock: ProcessSource['clock']): ProcessFacts {
  return {
    pid: entry.pid,
    parentPid: entry.parentPid,
    ...startOf(entry, clock),
    comm: '',
    exe: '',
    exeState: 'unknown',
    cmdline: '',
    uid: -1,
    user: '',
    cgroup: '',
    namespace: 0,
    asStarted: true,
    ...startedAs(entry.filename),
  };
}

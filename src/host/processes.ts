/**
 * Facts of processes, also of those that are gone by the time somebody asks: kept by what the kernel's fork, exec and
 * exit events say, read from /proc when asked. See docs/decisions/0021-process-cache.md.
 */

import { byteText } from '#lib/byte-text.ts';
import { isFailure, type Processes, type ProcessFacts } from '#model/host.ts';
import { type ProcessSource, readFacts, readNamespace, readProcessId, readStat, TICK_MS } from './process-facts.ts';
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
  /** As `expectExec`, for a move to another namespace. */
  expectNamespaceChange(tid: number, timeNs: number): void;
  /** A thread of this process moved to another namespace: its namespace must be read again. */
  onNamespaceChange(tid: number): void;
  /** Events were lost: nothing known may be taken for current any more. */
  onLoss(): void;
  /** The process that a thread belonged to when an event happened. `pid` is the thread's when that cannot be told. */
  at(tid: number, timeNs: number): { readonly pid: number; readonly process: ProcessFacts | undefined };
  /**
   * The process of this number when an event happened that names processes, not threads (fanotify): a thread that had
   * the number before, and whose end nobody heard, is not asked.
   */
  actor(pid: number, timeNs: number): ProcessFacts | undefined;
  /**
   * As `actor`, of who acts now, for news that come beside the kernel's events: where /proc does not answer, what the kernel
   * has told and nobody has read is read first (the program that was started a millisecond ago, or its fork).
   */
  doer(pid: number): ProcessFacts | undefined;
  /** How to read at once what the kernel has told; the last one given counts, until it is taken back. */
  readBy(read: () => void): Disposable;
  /** The process of a thread; the thread's own number when that cannot be told. */
  processIdOf(tid: number): number;
  /** What is known of a process without asking the machine; of a child that was not asked yet, what its parent was. */
  remembered(pid: number): ProcessFacts | undefined;
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
  /** The namespace in `facts` is not its own any more. */
  moved: boolean;
  lastMoveNs: number;
}

const CLONE_THREAD = 0x10000;
const CLONE_NEWNET = 0x40000000;
const KEEP_GONE_NS = 30e9;
/** Above this many entries the one that ended first goes, then the oldest: a fork bomb must not take our memory. */
const MAX_ENTRIES = 32_768;
/** Above this many that events say live the one that began first goes. */
const MAX_LIVING = 32_768;
/** Who only asks (`get`) may see facts this old; a process that acts (`at`) is looked at again after 20 ms. */
const ASKED_AGE_NS = 1e9;
const ACTING_AGE_NS = 20e6;
/** The fast boot clock of the tracer may lag behind by this much. */
const CLOCK_SLACK_NS = 1e6;
const MAX_DEPTH = 8;

/** Makes the cache; without hooks being called it reads /proc anew after a second. */
export function openProcesses(source: ProcessSource): ProcessTracker {
  return new ProcessCache(source);
}

class ProcessCache implements ProcessTracker {
  readonly #source: ProcessSource;
  readonly #entries = new Map<number, Entry>();
  readonly #threads = makeThreads();
  /** Those that ended, in that order. */
  readonly #gone: Entry[] = [];
  /** What events alone say: an entry may be thought to have ended because /proc does not show it. */
  readonly #living = new Set<number>();
  #readEvents: () => void = nothing;

  constructor(source: ProcessSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(pid: number): ProcessFacts | undefined {
    if (pid <= 0) return undefined;
    const known = this.#entries.get(pid);
    if (known !== undefined) {
      const facts = this.#resolve(known, this.#nowNs(), ASKED_AGE_NS);
      return known.exitNs === 0 ? facts : (this.#successor(known) ?? facts);
    }
    const facts = this.#read(this.#add(pid, 0, 0), this.#nowNs());
    if (facts === undefined) this.#entries.delete(pid);
    return facts;
  }

  parents(pid: number, limit: number): readonly ProcessFacts[] {
    const chain: ProcessFacts[] = [];
    for (let child = this.get(pid); child !== undefined && chain.length < limit; ) {
      const parent = child.parentPid > 0 ? this.get(child.parentPid) : undefined;
      // Younger than its child: the parent is gone and its number was given again.
      if (parent === undefined || parent.startTicks > child.startTicks) break;
      chain.push(parent);
      child = parent;
    }
    return chain;
  }

  list(): readonly ProcessFacts[] {
    const names = this.#source.files.list('/proc');
    if (isFailure(names)) return [];
    const pids = names.filter((name) => /^[1-9]\d{0,9}$/.test(name));
    return pids.map((name) => this.get(Number(name))).filter((facts) => facts !== undefined);
  }

  living(): readonly number[] {
    return [...this.#living];
  }

  ended(): readonly ProcessFacts[] {
    this.#sweep(this.#nowNs());
    return this.#gone.map((entry) => this.#remembered(entry, 0)).filter((facts) => facts !== undefined);
  }

  at(tid: number, timeNs: number): { readonly pid: number; readonly process: ProcessFacts | undefined } {
    if (tid <= 0) return { pid: 0, process: undefined };
    const pid = this.processIdOf(tid);
    return { pid, process: this.actor(pid, timeNs) };
  }

  actor(pid: number, timeNs: number): ProcessFacts | undefined {
    if (pid <= 0) return undefined;
    const entry = this.#entries.get(pid) ?? this.#add(pid, 0, 0);
    // The kernel closes files after it has told of the exit; anything else is the deed of whoever has the number now.
    const next = entry.exitNs > 0 && timeNs > entry.exitNs ? this.#successor(entry) : undefined;
    return next ?? this.#resolve(entry, timeNs, ACTING_AGE_NS);
  }

  doer(pid: number): ProcessFacts | undefined {
    const nowNs = this.#nowNs();
    const facts = this.actor(pid, nowNs);
    const entry = this.#entries.get(pid);
    // Read just now, it is what it says. Else it may be what it was before its last exec, or what its parent was.
    if (entry !== undefined && entry.exitNs === 0 && entry.readNs >= nowNs) return facts;
    this.#readEvents();
    return this.actor(pid, this.#nowNs());
  }

  readBy(read: () => void): Disposable {
    this.#readEvents = read;
    return {
      [Symbol.dispose]: () => {
        if (this.#readEvents === read) this.#readEvents = nothing;
      },
    };
  }

  remembered(pid: number): ProcessFacts | undefined {
    const entry = this.#entries.get(pid);
    return entry && this.#remembered(entry, 0);
  }

  onFork({ timeNs, parentTid, child, flags }: Parameters<ProcessTracker['onFork']>[0]): void {
    const parentPid = this.processIdOf(parentTid);
    if ((flags & CLONE_THREAD) !== 0) {
      this.#threads.set(child, parentPid);
      return;
    }
    this.#threads.delete(child);
    this.#lives(child);
    const entry = this.#add(child, parentPid, timeNs);
    const parent = this.#entries.get(parentPid);
    if (parent?.moved) this.#settle(parent, timeNs);
    const facts = parent && this.#remembered(parent, 0);
    entry.facts = facts && childOf(facts, entry, this.#source.clock);
    entry.moved = (flags & CLONE_NEWNET) !== 0 || (parent?.moved ?? false);
  }

  expectExec(pid: number, timeNs: number): void {
    const entry = this.#entries.get(pid);
    if (entry && entry.nextExecNs === 0) entry.nextExecNs = timeNs;
  }

  onExec({ timeNs, pid, oldTid, filename }: Parameters<ProcessTracker['onExec']>[0]): void {
    if (oldTid !== pid) this.#threads.delete(oldTid);
    this.#lives(pid);
    const entry = this.#entries.get(pid) ?? this.#add(pid, 0, 0);
    entry.execNs = timeNs;
    if (entry.nextExecNs <= timeNs) entry.nextExecNs = 0;
    entry.filename = byteText(filename);
    if (entry.moved) this.#settle(entry, timeNs);
  }

  onExit({ timeNs, tid, last }: Parameters<ProcessTracker['onExit']>[0]): void {
    const pid = this.#threads.get(tid) ?? tid;
    if (pid !== tid) this.#threads.end(tid, timeNs);
    const entry = this.#entries.get(pid);
    if (entry === undefined && !this.#living.has(pid)) return;
    // Older kernels do not say whether other threads live on: then /proc knows.
    if (!(last ?? (tid === pid && readStat(this.#source.files, pid) === undefined))) return;
    this.#living.delete(pid);
    if (entry !== undefined) this.#end(entry, timeNs);
  }

  expectNamespaceChange(tid: number, timeNs: number): void {
    const entry = this.#entries.get(this.processIdOf(tid));
    if (entry) entry.lastMoveNs = timeNs;
  }

  onNamespaceChange(tid: number): void {
    const entry = this.#entries.get(this.processIdOf(tid));
    if (entry) entry.moved = true;
  }

  onLoss(): void {
    for (const entry of this.#entries.values()) {
      if (entry.exitNs > 0) continue;
      entry.readNs = 0;
      // Whether it went to another namespace may be among what was lost.
      entry.moved = true;
    }
    this.#threads.clear();
    this.#living.clear();
  }

  #lives(pid: number): void {
    this.#living.add(pid);
    if (this.#living.size <= MAX_LIVING) return;
    const [first = 0] = this.#living;
    this.#living.delete(first);
  }

  #nowNs(): number {
    return this.#source.clock.monotonicMs() * 1e6;
  }

  #add(pid: number, parentPid: number, bornNs: number): Entry {
    const entry: Entry = { pid, parentPid, bornNs, facts: undefined, readNs: 0, ...fresh };
    this.#entries.delete(pid);
    this.#entries.set(pid, entry);
    if (this.#entries.size > MAX_ENTRIES) this.#sweep(bornNs);
    return entry;
  }

  #end(entry: Entry, timeNs: number): void {
    const known = entry.exitNs > 0;
    // That it could not be read was found after its end; the exit event knows when that was.
    entry.exitNs = known ? Math.min(entry.exitNs, timeNs) : timeNs;
    if (known) return;
    this.#gone.push(entry);
    this.#sweep(timeNs);
  }

  #sweep(timeNs: number): void {
    const oldest = (): Entry | undefined => this.#gone[0];
    for (let entry = oldest(); entry !== undefined; entry = oldest()) {
      if (entry.exitNs >= timeNs - KEEP_GONE_NS && this.#entries.size <= MAX_ENTRIES) break;
      this.#gone.shift();
      if (this.#entries.get(entry.pid) === entry) this.#entries.delete(entry.pid);
    }
    while (this.#entries.size > MAX_ENTRIES) this.#entries.delete(this.#entries.keys().next().value as number);
    this.#threads.sweep(timeNs - KEEP_GONE_NS);
  }

  processIdOf(tid: number): number {
    if (this.#entries.has(tid)) return tid;
    const known = this.#threads.get(tid);
    if (known !== undefined) return known;
    const processId = readProcessId(this.#source.files, tid);
    if (processId !== undefined && processId !== tid) this.#threads.set(tid, processId);
    return processId ?? tid;
  }

  #resolve(entry: Entry, timeNs: number, ageNs: number, depth = MAX_DEPTH): ProcessFacts | undefined {
    // Facts read after a later exec are that program's, not the one's that acted.
    if (entry.exitNs > 0 || entry.nextExecNs > timeNs) return this.#remembered(entry, depth);
    const current = entry.readNs > entry.execNs && !entry.moved && this.#nowNs() - entry.readNs <= ageNs;
    if (current && entry.facts !== undefined) return entry.facts;
    const facts = this.#read(entry, timeNs);
    if (facts !== undefined) return facts;
    const remembered = this.#remembered(entry, depth);
    if (remembered !== undefined) this.#end(entry, this.#nowNs());
    else if (this.#entries.get(entry.pid) === entry) this.#entries.delete(entry.pid);
    return remembered;
  }

  #read(entry: Entry, timeNs: number): ProcessFacts | undefined {
    const facts = readFacts(this.#source, entry.pid);
    if (facts === undefined || isOther(facts.startTicks, entry, timeNs)) return undefined;
    const parentPid = this.#entries.has(entry.parentPid) ? entry.parentPid : facts.parentPid;
    entry.facts = { ...facts, parentPid };
    entry.readNs = this.#nowNs();
    entry.moved = false;
    return entry.facts;
  }

  /** Where a process that moved is now, unless it moved on since: its children are known to be there as well. */
  #settle(entry: Entry, timeNs: number): void {
    if (entry.facts === undefined || entry.exitNs > 0 || entry.lastMoveNs > timeNs) return;
    const namespace = readNamespace(this.#source.files, entry.pid);
    const stat = readStat(this.#source.files, entry.pid);
    if (namespace === 0 || stat === undefined || isOther(stat.startTicks, entry, timeNs)) return;
    entry.facts = { ...entry.facts, namespace };
    entry.moved = false;
  }

  /** Facts for a process that is gone: what was read, made to fit what is known to have happened since. */
  #remembered(entry: Entry, depth: number): ProcessFacts | undefined {
    const base = entry.facts ?? (entry.parentPid > 0 && depth > 0 ? this.#inherited(entry, depth - 1) : undefined);
    if (base === undefined) return entry.filename === '' ? undefined : bare(entry, this.#source.clock);
    const here = entry.moved ? { ...base, namespace: 0 } : base;
    return entry.execNs > entry.readNs ? { ...here, ...startedAs(entry.filename) } : here;
  }

  #inherited(entry: Entry, depth: number): ProcessFacts | undefined {
    const parent = this.#entries.get(entry.parentPid) ?? this.#add(entry.parentPid, 0, 0);
    // The parent's own later program is not the child's.
    if (parent.execNs > entry.bornNs && entry.execNs === 0) return undefined;
    const facts = this.#resolve(parent, this.#nowNs(), ASKED_AGE_NS, depth);
    return facts && childOf(facts, entry, this.#source.clock);
  }

  /** Whoever has the number of a process that is gone by now. */
  #successor(old: Entry): ProcessFacts | undefined {
    const ticks = old.facts?.startTicks ?? Math.floor(old.bornNs / 1e6 / TICK_MS);
    const stat = readStat(this.#source.files, old.pid);
    if (stat === undefined || stat.startTicks <= ticks) return undefined;
    return this.#read(this.#add(old.pid, 0, 0), this.#nowNs());
  }
}

function nothing(): void {}

const fresh = { execNs: 0, nextExecNs: 0, filename: '', exitNs: 0, moved: false, lastMoveNs: 0 } as const;

/** Started after the event, or not when fork said: somebody else has the number now. */
function isOther(startTicks: number, entry: Entry, timeNs: number): boolean {
  const startNs = startTicks * TICK_MS * 1e6;
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

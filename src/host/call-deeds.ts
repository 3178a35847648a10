/**
 * What the system calls of processes come to: rights of root, namespaces of their own, memory that may be run. A call is
 * told twice, when it begins with what it asks for, and when it came back without an error.
 */

import type { CallName, CallRecord, DoneRecord, ForkRecord } from '#formats/trace-records.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Files, KernelEvent } from '#model/host.ts';
import { UserIds } from './user-ids.ts';

/** What one came to, with what only the records tell of it. */
export type CallDeed = {
  readonly kind: 'became-root' | 'apart' | 'executable-memory';
} & Pick<KernelEvent, 'formerUid' | 'madeApart' | 'writable'>;

/** Calls that began, by thread; the oldest goes. */
const MAX_CALLS = 4096;
/** Engines that compile change their memory a thousand times a second: once a process and this time is told. */
const MEMORY_PAUSE_NS = 1e9;
const MAX_MEMORIES = 4096;
const PROT_WRITE = 2;
const CLONE_NEWUSER = 0x1000_0000;
/** CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWUSER; clone(2). */
const APART = [
  [0x2_0000, 'mnt'],
  [0x4000_0000, 'net'],
  [0x2000_0000, 'pid'],
  [CLONE_NEWUSER, 'user'],
] as const;
const IDS: ReadonlySet<CallName> = new Set(['setuid', 'setreuid', 'setresuid']);

export class CallDeeds {
  readonly ids: UserIds;
  readonly #begun = new BoundedMap<number, CallRecord>(MAX_CALLS);
  /** Processes that made a file in memory. */
  readonly #memoryFiles = new BoundedMap<number, true>(MAX_MEMORIES);
  readonly #memories = new BoundedMap<number, number>(MAX_MEMORIES);

  constructor(files: Files) {
    this.ids = new UserIds(files);
  }

  onFork(parent: number, { child, flags }: ForkRecord): CallDeed | undefined {
    this.ids.onFork(parent, child, (flags & CLONE_NEWUSER) !== 0);
    if (this.#memoryFiles.get(parent) === true) this.#memoryFiles.set(child, true);
    else this.#memoryFiles.delete(child);
    return made(flags);
  }

  onBegin(pid: number, record: CallRecord): CallDeed | undefined {
    const { call, values } = record;
    if (call === 'mmap' || call === 'mprotect' || call === 'pkey_mprotect') return this.#memory(pid, record, values);
    if (call === 'memfd_create') this.#memoryFiles.set(pid, true);
    else this.#begun.set(record.tid, record);
    return undefined;
  }

  /** Whether it made a file in memory before it started the program that it was given as a descriptor. */
  onExec(pid: number, filename: string): boolean {
    const made = this.#memoryFiles.delete(pid);
    return made && /^\/(?:proc\/(?:self|thread-self|\d{1,10})|dev)\/fd\/\d/.test(filename);
  }

  onExit(pid: number): void {
    this.ids.onExit(pid);
    this.#memoryFiles.delete(pid);
  }

  onDone(pid: number, { tid, call }: DoneRecord): CallDeed | undefined {
    const begun = this.#begun.get(tid);
    if (begun?.call !== call) return undefined;
    this.#begun.delete(tid);
    if (IDS.has(call)) {
      const gain = this.ids.onCall(pid, call, begun.values);
      return gain && { kind: 'became-root', formerUid: gain.formerUid };
    }
    const flags = (call === 'setns' ? begun.values[1] : begun.values[0]) ?? 0;
    // setns() without flags takes whatever the descriptor is.
    const isAny = call === 'setns' && flags === 0;
    if (isAny || (flags & CLONE_NEWUSER) !== 0) this.ids.setApart(pid);
    return call === 'setns' ? { kind: 'apart' } : made(flags);
  }

  #memory(pid: number, { timeNs }: CallRecord, [protection = 0]: readonly number[]): CallDeed | undefined {
    const lastNs = this.#memories.get(pid);
    if (lastNs !== undefined && timeNs - lastNs < MEMORY_PAUSE_NS) return undefined;
    this.#memories.set(pid, timeNs);
    return { kind: 'executable-memory', writable: (protection & PROT_WRITE) !== 0 };
  }
}

function made(flags: number): CallDeed | undefined {
  const madeApart = APART.flatMap(([flag, kind]) => ((flags & flag) === 0 ? [] : [kind]));
  return madeApart.length === 0 ? undefined : { kind: 'apart', madeApart };
}

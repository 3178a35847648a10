/** What looks and events of one host remember of processes, so that costly questions are asked once. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import { type OddRow, oddProcesses } from './odd-process-table.ts';
import type { Running } from './process-scan.ts';
import type { SessionKnown } from './process-signs/session-signs.ts';
import type { Sign } from './process-signs/sign.ts';

/** What was found out about a process; asked again when it runs another program. */
export interface Kept {
  readonly exe: string;
  readonly loader: readonly Sign[];
  readonly session: SessionKnown;
  memory: readonly Sign[];
  /** When its maps were read, monotonic; -Infinity: never. */
  memoryMs: number;
  /** As it was at the last reading. */
  before: Running | undefined;
}

/** What only an event told of is shown this long, so that somebody can look at it. */
const SHOWN_MS = 10 * 60_000;
/** Above this many the oldest goes. */
const MAX_SHOWN = 500;
const MAX_KEPT = 40_000;
/** Processes that ran a setuid program; beyond it the one that did so first is forgotten. */
const MAX_PASSED = 10_000;
/** Processes that were told to have become root; the oldest goes, and may be told again. */
const MAX_ROOTED = 1000;

/** One a host. */
export class OddMemory {
  readonly kept = new BoundedMap<string, Kept>(MAX_KEPT);
  readonly #shown = new BoundedMap<string, { readonly row: OddRow; readonly atMs: number }>(MAX_SHOWN);
  #signs: ReadonlyMap<number, readonly string[]> = new Map();
  /** Since when starts are heard of, epoch milliseconds. */
  heardSinceMs: number | undefined;
  readonly #passed = new BoundedMap<number, number>(MAX_PASSED);
  readonly #rooted = new BoundedMap<number, number>(MAX_ROOTED);
  /** No look was finished yet: all maps are read, because what is there now is about to be learned. */
  first = true;

  /** The process ran a setuid program until now. */
  passesSetuid(pid: number, timeMs: number): void {
    this.#passed.set(pid, timeMs);
  }

  /** Did it? A number that was given again is another process. */
  passedSetuid({ pid, startedMs }: Pick<Running, 'pid' | 'startedMs'>): boolean {
    const atMs = this.#passed.get(pid);
    return atMs !== undefined && startedMs <= atMs;
  }

  /** It was told that the process became root. */
  roots({ pid, startTicks }: Pick<Running, 'pid' | 'startTicks'>): void {
    this.#rooted.set(pid, startTicks);
  }

  /** Was it told of one of these? */
  isRooted(processes: readonly Pick<Running, 'pid' | 'startTicks'>[]): boolean {
    return processes.some(({ pid, startTicks }) => this.#rooted.get(pid) === startTicks);
  }

  /** A look found these, by process. */
  found(signs: ReadonlyMap<number, readonly string[]>): void {
    this.#signs = signs;
  }

  /** Signs of a process at the last look: "sign" or "sign: value". */
  signsOf(pid: number): readonly string[] {
    return this.#signs.get(pid) ?? [];
  }

  /** An event told of it. */
  show(row: OddRow, atMs: number): void {
    this.#shown.set(keyOf(row, oddProcesses.key), { row, atMs });
  }

  /** Rows of events that are not too old. */
  shown(nowMs: number): OddRow[] {
    const rows: OddRow[] = [];
    for (const [key, { row, atMs }] of this.#shown.entries()) {
      if (nowMs - atMs > SHOWN_MS) this.#shown.delete(key);
      else rows.push(row);
    }
    return rows;
  }
}

const memories = new WeakMap<Host, OddMemory>();

/** The memory that the look and the listener of one host share. */
export function oddMemoryOf(host: Host): OddMemory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const memory = new OddMemory();
  memories.set(host, memory);
  return memory;
}

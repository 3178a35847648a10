/**
 * Who holds a socket: the links in /proc/PID/fd. Reading them all costs far more than the sockets themselves, so it is
 * done once a minute, and for what is new in between. See docs/decisions/0012-owners-incrementally.md. Where there are
 * many an eBPF program tells them, if the kernel lets us: docs/decisions/0221-descriptors-by-iterator.md.
 */

import type { Slicer } from '#lib/slicer.ts';
import { eachSocket } from './descriptors.ts';
import { lastError, libc, O } from './ffi.ts';
import { OwnerTable } from './owner-table.ts';
import { listPids } from './pids.ts';
import type { TaskFiles } from './task-files.ts';

/** A full walk is due after this long, because a holder that comes to a known socket later is found by it only. */
const FULL_WALK_MS = 60_000;
/** With at most this many descriptors on the host a walk is cheap, and always a full one. */
const SMALL_HOST_DESCRIPTORS = 4000;
/** From so many descriptors on the kernel is asked for all at once: to learn how costs as much as some thousand of them. */
const ITERATE_DESCRIPTORS = 2000;
/** A walk that has met so many is better begun anew in that way: the first one of a process knows of none. */
const TURN_AT_DESCRIPTORS = 10_000;
/** Known holdings that are checked again at each look, in turn. */
const CHECKED_EACH_LOOK = 128;
const MAX_PARENTS = 16;
/**
 * A socket without a holder is looked for at this many looks: it may have been on its way between two processes. Then
 * it waits for the walk that is due each minute.
 */
const MAX_TRIES = 3;
/** More sockets without a holder than this are not remembered; a host has some dozens. */
const MAX_UNOWNED = 65_536;

/** What can be asked about holders. `unreadable` counts processes whose descriptors may not be read. */
export interface Owners {
  /** Processes that hold the socket, oldest first. */
  of(inode: number): readonly number[];
  readonly unreadable: number;
}

export interface FdMap {
  /** Finds the holders of these sockets; `inodeAt` gives 0 for sockets without one. */
  find(length: number, inodeAt: (index: number) => number, slicer: Slicer): Promise<Owners>;
  /** Walks made since the start: all processes, or the newest until all was found. For the tests and the bench. */
  readonly walks: { readonly full: number; readonly partial: number };
  /** How the last full walk was made; "" before the first. */
  readonly by: '/proc' | 'eBPF' | '';
}

/** How descriptors may be walked, for tests. */
export interface FdMapOptions {
  /** Least number of descriptors that the kernel is asked for at once. */
  readonly iterateFrom?: number;
  /** Text that says why when it cannot be asked. */
  readonly openIterator?: () => Promise<TaskFiles | string>;
}

interface Wanted {
  readonly length: number;
  readonly inodeAt: (index: number) => number;
}

interface State {
  table: OwnerTable;
  /** Sockets that full walks did not find (held by the kernel, in flight, hidden), and how many walks that were. */
  readonly unowned: Map<number, number>;
  walkedMs: number;
  descriptors: number;
  unreadable: number;
  cursor: number;
  starts: Map<number, number>;
  readonly walks: { full: number; partial: number };
  by: FdMap['by'];
  /** Asked for once; a refusal stays. */
  iterator: TaskFiles | string | undefined;
  readonly options: Required<FdMapOptions>;
}

/** Loaded where there are many descriptors: most commands never need it. */
async function openIterator(): Promise<TaskFiles | string> {
  const { openTaskFiles } = await import('./task-files.ts');
  return openTaskFiles();
}

/** Opens the map; `monotonicMs` is the host's. */
export function openFdMap(monotonicMs: () => number, options: FdMapOptions = {}): FdMap {
  const state: State = {
    table: new OwnerTable(),
    unowned: new Map(),
    walkedMs: Number.NEGATIVE_INFINITY,
    descriptors: 0,
    unreadable: 0,
    cursor: 0,
    starts: new Map(),
    walks: { full: 0, partial: 0 },
    by: '',
    iterator: undefined,
    options: { iterateFrom: ITERATE_DESCRIPTORS, openIterator, ...options },
  };
  return {
    walks: state.walks,
    get by() {
      return state.by;
    },
    async find(length, inodeAt, slicer) {
      const full = monotonicMs() - state.walkedMs >= FULL_WALK_MS;
      if (!full) recheck(state);
      const wanted = { length, inodeAt };
      const missing = full ? new Set<number>() : await missingOf(state, wanted, slicer);
      if (missing.size > 0 && state.descriptors > SMALL_HOST_DESCRIPTORS) await walkNewest(state, missing, slicer);
      if (full || missing.size > 0) {
        await walkAll(state, length, slicer);
        state.walkedMs = monotonicMs();
        countUnowned(state, await missingOf(state, wanted, slicer));
      }
      return ownersOf(state);
    },
  };
}

function ownersOf(state: State): Owners {
  const { table, unreadable } = state;
  // One walk's answers stay together: the map of start times is replaced, never emptied, by the next one.
  const starts = state.starts;
  return {
    unreadable,
    of(inode) {
      const pids = table.pidsOf(inode);
      if (pids.length < 2) return pids;
      return pids.sort((a, b) => startOf(starts, a) - startOf(starts, b) || a - b);
    },
  };
}

/** Start of a process in ticks; Infinity when it is gone. Kept, so that the order stays the same. */
function startOf(starts: Map<number, number>, pid: number): number {
  const known = starts.get(pid);
  if (known !== undefined) return known;
  const ticks = readTicks(pid);
  starts.set(pid, ticks);
  return ticks;
}

const statBuffer = Buffer.alloc(1024);

/** The part of /proc/PID/stat after the name, which may hold anything, so it ends at the last ")"; "" when gone. */
function statAfterName(pid: number): string {
  const fd = libc.open(`/proc/${pid}/stat`, O.RDONLY | O.CLOEXEC, 0);
  if (fd < 0) return '';
  const length = libc.read(fd, statBuffer, statBuffer.length);
  libc.close(fd);
  const text = statBuffer.toString('latin1', 0, Math.max(0, length));
  return text.slice(text.lastIndexOf(')') + 2);
}

function readTicks(pid: number): number {
  const ticks = Number(statAfterName(pid).split(' ', 20)[19]);
  return Number.isInteger(ticks) ? ticks : Number.POSITIVE_INFINITY;
}

/** Forgets holders that ended, and some that no longer hold what they held. */
function recheck(state: State): void {
  const alive = new Set(listPids());
  state.table.check(0, state.table.size, (_, pid) => alive.has(pid));
  state.table.check(state.cursor, CHECKED_EACH_LOOK, (inode, pid, fd) => holds(pid, fd, inode));
  state.cursor = state.cursor + CHECKED_EACH_LOOK >= state.table.size ? 0 : state.cursor + CHECKED_EACH_LOOK;
  for (const pid of state.starts.keys()) if (!alive.has(pid)) state.starts.delete(pid);
}

async function missingOf(state: State, { length, inodeAt }: Wanted, slicer: Slicer): Promise<Set<number>> {
  const missing = new Set<number>();
  for (let i = 0; i < length; i++) {
    const inode = inodeAt(i);
    if (inode !== 0 && !state.table.has(inode) && (state.unowned.get(inode) ?? 0) < MAX_TRIES) missing.add(inode);
    if (slicer.due()) await slicer.pause();
  }
  return missing;
}

function countUnowned(state: State, missing: ReadonlySet<number>): void {
  for (const inode of state.unowned.keys()) if (state.table.has(inode)) state.unowned.delete(inode);
  if (state.unowned.size + missing.size > MAX_UNOWNED) state.unowned.clear();
  for (const inode of missing) state.unowned.set(inode, (state.unowned.get(inode) ?? 0) + 1);
}

/**
 * Newest processes first, until everything is found. Whoever holds a socket mostly got it from its parents, and the
 * oldest one owns it, so the parents of every finder are read as well.
 */
async function walkNewest(state: State, missing: Set<number>, slicer: Slicer): Promise<void> {
  state.walks.partial += 1;
  const walked = new Set<number>();
  const walkOnce = async (pid: number): Promise<void> => {
    if (walked.has(pid)) return;
    walked.add(pid);
    await walkProcess(pid, state.table, missing, slicer);
  };
  const pids = listPids();
  for (let i = pids.length - 1; i >= 0 && missing.size > 0; i--) {
    const pid = pids[i] ?? 0;
    const before = missing.size;
    await walkOnce(pid);
    if (missing.size === before) continue;
    for (let parent = parentOf(pid), n = 0; parent > 0 && n < MAX_PARENTS; parent = parentOf(parent), n++) {
      await walkOnce(parent);
    }
  }
}

function parentOf(pid: number): number {
  return Number(statAfterName(pid).split(' ', 2)[1]) || 0;
}

/** `expected` sockets are made room for, so that the table need not grow while it is filled. */
async function walkAll(state: State, expected: number, slicer: Slicer): Promise<void> {
  state.walks.full += 1;
  if (await askIterator(state, expected, slicer)) return;
  const table = new OwnerTable(Math.max(expected, state.table.size));
  let descriptors = 0;
  let unreadable = 0;
  for (const pid of listPids()) {
    const count = await walkProcess(pid, table, undefined, slicer);
    if (count < 0) unreadable += 1;
    else descriptors += count;
    if (descriptors < TURN_AT_DESCRIPTORS || state.iterator !== undefined) continue;
    state.descriptors = descriptors;
    if (await askIterator(state, expected, slicer)) return;
  }
  Object.assign(state, { table, descriptors, unreadable, cursor: 0, starts: new Map(), by: '/proc' });
}

/**
 * Takes all holdings from the kernel; false where there are few, or it does not tell. How many descriptors there are is not
 * counted anew: where there were many, there are.
 */
async function askIterator(state: State, expected: number, slicer: Slicer): Promise<boolean> {
  const { iterateFrom, openIterator: open } = state.options;
  if (state.descriptors < iterateFrom) return false;
  state.iterator ??= await open();
  if (typeof state.iterator === 'string') return false;
  const table = new OwnerTable(Math.max(expected, state.table.size));
  const take = (inode: number, pid: number, descriptor: number): void => table.add(inode, pid, descriptor);
  if (!(await state.iterator.each(take, slicer))) return false;
  Object.assign(state, { table, unreadable: 0, cursor: 0, starts: new Map(), by: 'eBPF' });
  return true;
}

/** Descriptors read, or -1 when they may not be read; 0 for a process that has gone. */
async function walkProcess(
  pid: number,
  table: OwnerTable,
  missing: Set<number> | undefined,
  slicer: Slicer,
): Promise<number> {
  const dir = libc.open(`/proc/${pid}/fd`, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
  if (dir < 0) return lastError() === 'ENOENT' ? 0 : -1;
  const take = (inode: number, fd: number): void => {
    table.add(inode, pid, fd);
    missing?.delete(inode);
  };
  const count = await eachSocket(dir, take, slicer);
  const error = count === undefined ? lastError() : '';
  libc.close(dir);
  return count ?? (error === 'EACCES' || error === 'EPERM' ? -1 : 0);
}

const linkBuffer = Buffer.alloc(64);

function holds(pid: number, fd: number, inode: number): boolean {
  const length = libc.readlink(`/proc/${pid}/fd/${fd}`, linkBuffer, linkBuffer.length);
  return length > 0 && linkBuffer.toString('latin1', 0, length) === `socket:[${inode}]`;
}

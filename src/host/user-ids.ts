/**
 * Real, effective and saved user ids of processes by what the kernel tells: who is born with which, and each call that
 * changes them. Asking /proc would come too late: a process that takes the rights of root has them by then.
 */

import { parseProcRights } from '#formats/proc-rights.ts';
import type { CallName } from '#formats/trace-records.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { type Files, isFailure } from '#model/host.ts';

/** Real, effective, saved. */
type Ids = readonly [real: number, effective: number, saved: number];

/** A process that has ids of root and had none before. */
export interface Gain {
  /** Its real user id until then. */
  readonly formerUid: number;
}

/** As many as processes are remembered; beyond it the oldest is read from /proc when it acts. */
const MAX_PROCESSES = 32_768;
const MAX_FILES = 4096;
/** A file that was not setuid may have become so. */
const FILE_AGE_MS = 60_000;
const STATUS_BYTES = 64 << 10;
const SETUID = 0o4000;
const UNCHANGED = 0xffff_ffff;
const ROOT = 0;

/** Times are milliseconds of any clock that does not step. */
export class UserIds {
  readonly #files: Files;
  /** `apart`: in a user namespace of its own, where root is nobody. */
  readonly #known = new BoundedMap<number, Ids | 'apart'>(MAX_PROCESSES);
  readonly #setuid = new BoundedMap<string, { readonly owner: number | undefined; readonly atMs: number }>(MAX_FILES);

  constructor(files: Files) {
    this.#files = files;
  }

  /** Reads what a process has now: for those that run when we begin. */
  read(pid: number): void {
    const bytes = this.#files.read(`/proc/${pid}/status`, STATUS_BYTES);
    const rights = isFailure(bytes) ? undefined : parseProcRights(bytes);
    if (rights === undefined) return;
    const [real, effective, saved] = rights.uids;
    this.#known.set(pid, [real, effective, saved]);
  }

  /** `isApart`: into a user namespace of its own. */
  onFork(parent: number, child: number, isApart: boolean): void {
    if (!isApart && !this.#known.has(parent)) this.read(parent);
    const ids = isApart ? 'apart' : this.#known.get(parent);
    if (ids === undefined) this.#known.delete(child);
    else this.#known.set(child, ids);
  }

  /** A setuid program gives the ids of its owner: what it gained. */
  onExec(pid: number, path: string, nowMs: number): Gain | undefined {
    const ids = this.#known.get(pid);
    if (ids === undefined || ids === 'apart') return undefined;
    const [real, effective, saved] = ids;
    const owner = this.#ownerOf(path.startsWith('/') ? path : this.#programOf(pid), nowMs) ?? effective;
    if (owner !== effective || owner !== saved) this.#known.set(pid, [real, owner, owner]);
    return owner === ROOT && !ids.includes(ROOT) ? { formerUid: real } : undefined;
  }

  onExit(pid: number): void {
    this.#known.delete(pid);
  }

  /** It is in another user namespace from now on. */
  setApart(pid: number): void {
    this.#known.set(pid, 'apart');
  }

  /** Children were missed: who is not known is read when it acts. */
  onLoss(): void {
    for (const [pid] of this.#known.entries()) this.#known.delete(pid);
  }

  /** A call that changes ids came back without an error. Undefined where it gave nothing, or nobody knows. */
  onCall(pid: number, call: CallName, values: readonly number[]): Gain | undefined {
    const ids = this.#known.get(pid);
    if (ids === 'apart') return undefined;
    if (ids === undefined) {
      this.read(pid);
      return undefined;
    }
    const next = changed(ids, call, values);
    this.#known.set(pid, next);
    return ids.includes(ROOT) || !next.includes(ROOT) ? undefined : { formerUid: ids[0] };
  }

  /** Of a name that says nothing by itself ("./x"), while it runs. */
  #programOf(pid: number): string {
    const link = this.#files.readlink(`/proc/${pid}/exe`);
    return isFailure(link) ? '' : link;
  }

  #ownerOf(path: string, nowMs: number): number | undefined {
    if (!path.startsWith('/')) return undefined;
    const known = this.#setuid.get(path);
    if (known !== undefined && nowMs - known.atMs < FILE_AGE_MS) return known.owner;
    const stat = this.#files.stat(path);
    const owner = isFailure(stat) || (stat.mode & SETUID) === 0 ? undefined : stat.uid;
    this.#setuid.set(path, { owner, atMs: nowMs });
    return owner;
  }
}

/** setuid(2), setreuid(2), setresuid(2) after they succeeded. */
function changed(ids: Ids, call: CallName, values: readonly number[]): Ids {
  const [real, effective, saved] = ids;
  const [first = UNCHANGED, second = UNCHANGED, third = UNCHANGED] = values;
  const or = (value: number, before: number): number => (value === UNCHANGED ? before : value);
  if (call === 'setresuid') return [or(first, real), or(second, effective), or(third, saved)];
  if (call === 'setreuid') {
    const now = or(second, effective);
    // The saved id follows where the real one is set, or the effective one to other than the real one.
    const follows = first !== UNCHANGED || (second !== UNCHANGED && second !== real);
    return [or(first, real), now, follows ? now : saved];
  }
  // Whoever may take any id takes it whole; anybody else only as the effective one.
  return effective === ROOT || first === ROOT ? [first, first, first] : [real, first, saved];
}

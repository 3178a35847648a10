/** What the sensor and the listener of `files` know together: the rows, and what was heard since the last look. */

import { makeSlicer } from '#lib/slicer.ts';
import { unifiedDiff } from '#lib/unified-diff.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure, type Writer } from '#model/host.ts';
import type { DeepStat, IntegrityDoor } from '#model/integrity.ts';
import { type FactsParts, type FileFacts, factsOf, isOdd } from './file-facts.ts';
import { patienceMs } from './file-patience.ts';
import { type Places, placesOf } from './file-places.ts';
import type { FileRow } from './files-table.ts';
import { GroupNames } from './group-names.ts';

/** Rows of watched files; beyond it the rest is not watched, and that is a gap. */
const MAX_WATCHED = 20_000;
/** Rows of odd files elsewhere. */
const MAX_ODD = 2000;
/** Paths heard of that wait for a look; beyond it everything is looked at. */
const MAX_HEARD = 10_000;
/** What dpkg does is looked at when it has written down whose it is. */
const DPKG_FIRST_MS = 1200;
/** While events are being lost everything is looked at this often. */
const AGAIN_MS = 5000;

/** Something heard of a path, until a look has taken it in. */
interface Heard {
  dueMs: number;
  /** When its content was written last, whatever it is now; 0: it was not. */
  writtenMs: number;
  /** How often it was written. */
  writes: number;
  /** How it differed from its row when it was read at the event. */
  was: string | undefined;
}

export class FilesMemory {
  readonly places: Places;
  readonly #parts: FactsParts;
  readonly #door: IntegrityDoor;
  readonly #host: Host;
  readonly #groups: GroupNames;
  readonly #heard = new Map<string, Heard>();
  /** Told as new by an event, and not yet in a look: until then the row stays as it was told. */
  readonly #unconfirmed = new Set<string>();
  /** Told as changed and changed back: in the look after that they are as before. */
  readonly #rewritten = new Set<string>();
  #known = new Map<string, FileFacts>();
  #odd: Set<string> | undefined;
  /** Paths by inode, made when somebody asks for one, until the next look at everything. */
  #inodes: ReadonlyMap<number, string> | undefined;
  #fullDueMs = Number.NEGATIVE_INFINITY;
  #fullMs = Number.NEGATIVE_INFINITY;
  #left = 0;
  #stirred = Promise.withResolvers<'stirred'>();
  #roomForTexts = true;

  constructor(host: Host, door: IntegrityDoor) {
    this.#host = host;
    this.#door = door;
    this.places = placesOf(door.settings);
    this.#groups = new GroupNames(host.files);
    this.#groups.refresh();
    const slicer = makeSlicer(5, 1);
    const rest = async (): Promise<void> => {
      if (slicer.due()) await slicer.pause();
    };
    this.#parts = { host, door, groups: this.#groups, rest };
  }

  get rest(): () => Promise<void> {
    return this.#parts.rest;
  }

  /** When the next thing heard wants its look, later than that on the monotonic clock; Infinity when nothing waits. */
  nextDueMs(afterMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#heard.values()) if (dueMs > afterMs) nextMs = Math.min(nextMs, dueMs);
    return nextMs;
  }

  /** Resolves when a look has left something that wants another one. */
  get stirred(): Promise<'stirred'> {
    return this.#stirred.promise;
  }

  /** Events were lost, or there are too many: the next look looks at everything. */
  lookAtAll(apartMs = AGAIN_MS): void {
    this.#fullDueMs = Math.min(this.#fullDueMs, this.#fullMs + apartMs);
  }

  /**
   * Takes in that something happened to a path. Gives a row where the event itself shows something that was not there
   * before: it may be gone by the time of the look. `writes`: how often its content was written, whatever it is now.
   */
  async hear(path: string, writes: number): Promise<FileRow | undefined> {
    if (this.places.ignores(path)) return undefined;
    const watched = this.places.watches(path);
    const before = this.#known.get(path);
    const facts = await factsOf(this.#parts, path, watched, before);
    this.#hearOfTwin(path, facts, writes);
    if (!watched) return this.#hearElsewhere(path, before, facts);
    const waitMs = this.#isOfRun(path) ? DPKG_FIRST_MS : patienceMs(path, facts, writes > 0);
    const heard = this.#wait(path, this.#host.clock.monotonicMs() + waitMs, writes);
    if (facts === undefined) return undefined;
    if (before === undefined) return waitMs === 0 ? this.#appears(path, facts) : undefined;
    if (facts.row.sha256 !== before.row.sha256) heard.was ??= this.#difference(path, facts);
    return undefined;
  }

  /** What is written by another name of a watched file, a hard link, is told by that name alone. */
  #hearOfTwin(path: string, facts: FileFacts | undefined, writes: number): void {
    if (facts === undefined || facts.row.links < 2 || facts.row.type !== 'file') return;
    this.#inodes ??= new Map([...this.#known.values()].map(({ row }) => [row.inode, row.path]));
    const twin = this.#inodes.get(facts.row.inode);
    if (twin !== undefined && twin !== path && this.places.watches(twin))
      this.#wait(twin, this.#host.clock.monotonicMs(), writes);
  }

  /** dpkg's own doing, or somebody's who cannot be told while a package run goes on. */
  #isOfRun(path: string): boolean {
    const writer = this.#host.writerOf(path);
    return writer === undefined ? this.#host.packages.run()?.endedMs === 0 : isDpkgs(writer);
  }

  #appears(path: string, facts: FileFacts): FileRow {
    this.#unconfirmed.add(path);
    return this.#take(path, facts, this.#known);
  }

  /** All rows, as far as a look is due for them. */
  async look(everyMs: number, signal: AbortSignal): Promise<readonly FileRow[]> {
    const nowMs = this.#host.clock.monotonicMs();
    this.#groups.refresh();
    this.#forgetRewritten();
    if (nowMs >= this.#fullDueMs) {
      this.#fullMs = nowMs;
      this.#fullDueMs = nowMs + everyMs * 0.9;
      await this.#lookAtAll(signal);
    } else await this.#lookAtHeard(nowMs);
    this.#door.index.flush();
    for (const path of this.#unconfirmed) this.#wait(path, this.#host.clock.monotonicMs(), 0);
    if (this.#unconfirmed.size > 0) {
      this.#stirred.resolve('stirred');
      this.#stirred = Promise.withResolvers<'stirred'>();
    }
    this.#unconfirmed.clear();
    return [...this.#known.values()].map(({ row }) => row);
  }

  /** Its user or its group is nobody's. */
  isUnowned({ uid, gid }: Pick<DeepStat, 'uid' | 'gid'>): boolean {
    if (uid === 0 && gid === 0) return false;
    return this.#host.userName(uid) === String(uid) || this.#groups.nameOf(gid) === String(gid);
  }

  gaps(): readonly Gap[] {
    const gaps: Gap[] = [];
    if (this.#left > 0)
      gaps.push({ what: 'watched files', why: `${this.#left} files more than ${MAX_WATCHED} are not watched` });
    if ((this.#odd?.size ?? 0) >= MAX_ODD)
      gaps.push({ what: 'odd files', why: `more than ${MAX_ODD}: those found later are not told` });
    if (!this.#roomForTexts)
      gaps.push({ what: 'differences of files', why: 'the room for texts is full (32 MiB)', reduced: true });
    return gaps;
  }

  /** A walk came by: is there something odd about this file? */
  async consider(path: string): Promise<void> {
    if (this.places.watches(path)) return;
    this.#hearElsewhere(path, this.#known.get(path), await factsOf(this.#parts, path, false, this.#known.get(path)));
  }

  #hearElsewhere(path: string, before: FileFacts | undefined, facts: FileFacts | undefined): FileRow | undefined {
    if (facts === undefined || !isOdd(facts)) {
      if (before === undefined) return undefined;
      this.#forget(path);
      this.#wait(path, this.#host.clock.monotonicMs(), 0);
      return undefined;
    }
    if (before === facts) return undefined;
    // The look confirms what was told; the one after it finds what is new since.
    if (this.#unconfirmed.has(path)) return undefined;
    const nowMs = this.#host.clock.monotonicMs();
    // What dpkg has just put there belongs to nobody yet: its list is written last.
    if (this.#isOfRun(path)) {
      this.#wait(path, nowMs + DPKG_FIRST_MS, 0);
      return undefined;
    }
    if (!this.#keepOdd(path, facts)) return undefined;
    this.#wait(path, nowMs, 0);
    if (before !== undefined) return undefined;
    this.#unconfirmed.add(path);
    return facts.row;
  }

  /** False when there are too many. */
  #keepOdd(path: string, facts: FileFacts): boolean {
    const odd = this.#oddPaths();
    if (!odd.has(path) && odd.size >= MAX_ODD) return false;
    odd.add(path);
    this.#door.index.setOdd(path, true);
    this.#known.set(path, facts);
    return true;
  }

  #wait(path: string, dueMs: number, writes: number): Heard {
    if (this.#heard.size >= MAX_HEARD) this.#forgetHeard();
    const heard = this.#heard.get(path) ?? { dueMs, writtenMs: 0, writes: 0, was: undefined };
    // The first event sets the time: a file that is written all the time is looked at all the same.
    if (writes > 0) heard.writtenMs = this.#host.clock.nowMs();
    heard.writes += writes;
    this.#heard.set(path, heard);
    return heard;
  }

  /** The look at everything finds what is watched again; what is odd elsewhere only a walk would. */
  #forgetHeard(): void {
    for (const path of this.#heard.keys()) if (this.places.watches(path)) this.#heard.delete(path);
    if (this.#heard.size >= MAX_HEARD) this.#heard.clear();
    this.lookAtAll();
  }

  /** What is heard meanwhile goes by the rows that stood before: they change places only at the end. */
  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const nowMs = this.#host.clock.monotonicMs();
    const next = new Map<string, FileFacts>();
    this.#left = 0;
    for (const root of this.places.roots) await this.#walk(root, next, signal);
    for (const [folder, which] of this.places.flat) await this.#flat(folder, which, next);
    const heardOf = [...this.#heard].filter(([path, { dueMs }]) => dueMs <= nowMs && !this.places.watches(path));
    for (const path of [...this.#oddPaths(), ...heardOf.map(([path]) => path)]) {
      if (next.has(path)) continue;
      const facts = await factsOf(this.#parts, path, false, this.#known.get(path));
      if (facts === undefined || !isOdd(facts)) this.#forget(path);
      else if (this.#keepOdd(path, facts)) next.set(path, facts);
    }
    // Those that others are to speak of first, and those heard of just now, stay as they were.
    for (const [path, heard] of this.#heard) {
      const was = this.#known.get(path);
      if (heard.dueMs <= nowMs && !this.#unconfirmed.has(path)) this.#heard.delete(path);
      else if (was === undefined) next.delete(path);
      else next.set(path, was);
    }
    this.#known = next;
    this.#inodes = undefined;
  }

  async #lookAtHeard(nowMs: number): Promise<void> {
    for (const [path, heard] of this.#heard) {
      if (heard.dueMs > nowMs) continue;
      this.#heard.delete(path);
      // The engine confirms what an event told, and compares only from then on: the row must be the one that was told.
      if (this.#unconfirmed.has(path) && !isFailure(this.#door.deep.stat(path))) continue;
      const watched = this.places.watches(path);
      const facts = await factsOf(this.#parts, path, watched, this.#known.get(path));
      if (facts === undefined) this.#forgetBelow(path);
      else if (watched && facts.row.type === 'directory') await this.#walk(path, this.#known, undefined);
      else if (watched) this.#settle(path, facts, { heard, into: this.#known });
      else if (isOdd(facts)) this.#keepOdd(path, facts);
    }
  }

  /**
   * What was heard and is over by now is told as well: it was changed and changed back. Who writes once what it held, or
   * touches it, has changed nothing.
   */
  #settle(path: string, facts: FileFacts, { heard, into }: { heard: Heard; into: Map<string, FileFacts> }): void {
    const before = this.#known.get(path);
    const same = before !== undefined && before.row.sha256 === facts.row.sha256 && facts.row.sha256 !== '';
    if (same && (heard.was !== undefined || heard.writes > 1)) {
      this.#rewritten.add(path);
      const row = { ...facts.row, rewrittenMs: heard.writtenMs, difference: heard.was ?? '' };
      into.set(path, { ...facts, text: undefined, row });
    } else this.#take(path, facts, into);
  }

  #forgetRewritten(): void {
    for (const path of this.#rewritten) {
      const facts = this.#known.get(path);
      if (facts !== undefined) this.#known.set(path, { ...facts, row: { ...facts.row, rewrittenMs: 0 } });
    }
    this.#rewritten.clear();
  }

  /** Keeps the facts, with how the text differs from what was kept of it. */
  #take(path: string, facts: FileFacts, into: Map<string, FileFacts>): FileRow {
    const before = this.#known.get(path);
    if (before === facts) {
      into.set(path, facts);
      return facts.row;
    }
    const changed = before !== undefined && before.row.sha256 !== facts.row.sha256;
    const difference = changed ? this.#difference(path, facts) : (before?.row.difference ?? '');
    const row = { ...facts.row, difference };
    into.set(path, { ...facts, text: undefined, row });
    this.#keepText(path, facts);
    return row;
  }

  #difference(path: string, facts: FileFacts): string {
    const snapshot = this.#door.index.snapshot(path);
    if (snapshot === undefined || facts.text === undefined) return '';
    const told = unifiedDiff(snapshot.text, facts.text);
    return told === '' ? 'only secrets, which are not shown, differ' : told;
  }

  #keepText(path: string, { row, text }: FileFacts): void {
    if (text === undefined || this.#door.index.snapshotOf(path) === row.sha256) return;
    this.#roomForTexts = this.#door.index.putSnapshot(path, row.sha256, text);
  }

  async #walk(root: string, into: Map<string, FileFacts>, signal: AbortSignal | undefined): Promise<void> {
    const waiting = [root];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      signal?.throwIfAborted();
      if (this.places.ignores(path) || !(await this.#see(path, into))) continue;
      using folder = openedFolder(this.#door, path, into.get(path));
      if (folder === undefined) continue;
      for (let entries = folder.next(); entries.length > 0; entries = folder.next()) {
        for (const entry of entries) {
          const inside = path === '/' ? `/${entry.name}` : `${path}/${entry.name}`;
          if (entry.folder) waiting.push(inside);
          else if (!this.places.ignores(inside)) await this.#see(inside, into);
        }
        await this.#parts.rest();
      }
    }
  }

  async #flat(path: string, which: 'dot' | 'all', into: Map<string, FileFacts>): Promise<void> {
    const names = this.#host.files.list(path);
    if (isFailure(names)) return;
    for (const name of names) if (which === 'all' || name.startsWith('.')) await this.#see(`${path}/${name}`, into);
  }

  /** False when it is not there, or there are too many. */
  async #see(path: string, into: Map<string, FileFacts>): Promise<boolean> {
    if (into.size >= MAX_WATCHED) {
      this.#left += 1;
      return false;
    }
    const facts = await factsOf(this.#parts, path, true, this.#known.get(path));
    if (facts === undefined) return false;
    const heard = this.#heard.get(path);
    const due = heard !== undefined && heard.dueMs <= this.#host.clock.monotonicMs();
    if (due) this.#settle(path, facts, { heard, into });
    else this.#take(path, facts, into);
    return true;
  }

  #oddPaths(): Set<string> {
    this.#odd ??= new Set(this.#door.index.odd());
    return this.#odd;
  }

  #forget(path: string): void {
    this.#known.delete(path);
    if (this.#oddPaths().delete(path)) this.#door.index.setOdd(path, false);
  }

  #forgetBelow(path: string): void {
    this.#forget(path);
    for (const other of this.#known.keys()) if (other.startsWith(`${path}/`)) this.#forget(other);
  }
}

/** By name only, so it may do no more than wait: what a package run explains must be proven by others. */
export function isDpkgs(writer: Writer | undefined): boolean {
  if (writer === undefined) return false;
  const { exe, parents } = writer.who;
  return writer.underDpkg || exe === '/usr/bin/dpkg' || parents.some((parent) => parent.startsWith('dpkg ('));
}

function openedFolder(door: IntegrityDoor, path: string, facts: FileFacts | undefined) {
  if (facts?.row.type !== 'directory') return undefined;
  const folder = door.deep.open(path);
  return isFailure(folder) ? undefined : folder;
}

const memories = new WeakMap<Host, FilesMemory>();

/** The memory that goes with a host; undefined where files cannot be looked at so closely (a recorded host). */
export function filesMemoryOf(host: Host): FilesMemory | undefined {
  if (host.integrity === undefined) return undefined;
  const known = memories.get(host);
  if (known !== undefined) return known;
  const made = new FilesMemory(host, host.integrity);
  memories.set(host, made);
  return made;
}

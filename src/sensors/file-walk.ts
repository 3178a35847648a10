/**
 * The walk over all files of this machine: shipped files are held against their packages, and every file is looked at
 * for what is odd in itself. In the background it takes a tenth of one core at most, and can be stopped at any moment.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { plural } from '#lib/plural.ts';
import type { Gap } from '#model/gap.ts';
import { type FileEvent, type Host, isFailure } from '#model/host.ts';
import type { DeepStat, FolderEntry, IndexedFile, IntegrityDoor } from '#model/integrity.ts';
import { mayBeOdd, needsAttributes } from './file-signs.ts';
import { type FilesMemory, filesMemoryOf } from './files-memory.ts';
import {
  type CheckParts,
  checkShipped,
  checkUnmet,
  checkUnshipped,
  dropUnshipped,
  isForPackages,
  PROGRAM_FOLDERS,
  pathOf,
} from './package-check.ts';
import { readPackageLists } from './package-lists.ts';

/** Work about this long, then leave the machine to others so many times as long as it took. */
const SLICE_MS = 8;
const WALK_RESTS = 9;
/** For what somebody waits for: files heard of, and what packages ship, for until it is read no change of it is told. */
const SOON_RESTS = 3;
/** What took longer than this waited for a disk, or for others: no reason to rest the longer for it. */
const MAX_WORKED_MS = 2 * SLICE_MS;
/** Looked at right after a start, the rest when the machine has got over it: programs, and where intruders put theirs. */
const FIRST_FOLDERS = ['/tmp', '/var/tmp', '/dev/shm', '/run', ...PROGRAM_FOLDERS, '/usr/local/bin', '/usr/local/sbin'];
/** Levels below those that are looked at then: a tree that somebody unpacked in /tmp can wait. */
const FIRST_LEVELS = 3;
/** Progress is told to who waits this often. */
const TELL_MS = 500;
/** Depth of waiting folders; a tree that is made to have more is walked as far as that. */
const MAX_WAITING = 1_000_000;
/** Paths heard of during the first walk ever; those beyond are learned like what stood before. */
const MAX_NEWS = 20_000;

export class FileWalk {
  readonly when: IntegrityDoor['walks'];
  /** To check files with that somebody waits for. */
  readonly soon: CheckParts;
  readonly #host: Host;
  readonly #door: IntegrityDoor;
  readonly #memory: FilesMemory;
  readonly #parts: CheckParts;
  #signal: AbortSignal | undefined;
  #running: Promise<void> | undefined;
  #sliceMs = 0;
  #toldMs = 0;
  #files = 0;
  #unreadable = 0;
  #checked = 0;
  #finished = false;
  #walking = false;
  /** During the first walk ever, and until what it found is learned. */
  readonly #news = new Map<string, 'new' | 'changed'>();

  constructor(host: Host, door: IntegrityDoor, memory: FilesMemory) {
    this.#host = host;
    this.#door = door;
    this.#memory = memory;
    this.when = door.walks;
    this.#parts = { host, door, rest: () => this.#rest(WALK_RESTS) };
    this.soon = { host, door, rest: () => this.#rest(SOON_RESTS) };
  }

  /** False until the first walk ever has come to its end. */
  get everFinished(): boolean {
    this.#finished ||= this.#door.index.value('walked') !== '';
    return this.#finished;
  }

  /** Something happened to a path while the first walk goes on: it is no part of what is learned. */
  heard({ path, kind }: Pick<FileEvent, 'path' | 'kind'>): void {
    if (this.#news.get(path) === 'new' || this.#news.size >= MAX_NEWS || this.everFinished) return;
    this.#news.set(path, kind === 'created' ? 'new' : 'changed');
  }

  newsOf(path: string): 'new' | 'changed' | undefined {
    return this.#news.get(path);
  }

  /** When the last walk that read everything ended; 0 when none has. */
  get fullMs(): number {
    return Number(this.#door.index.value('fully-walked') || 0);
  }

  /** Walks once, or joins the walk that goes on. `full` reads also what has not changed. */
  async run(signal: AbortSignal, full = false): Promise<void> {
    this.#running ??= this.#run(signal, full).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  gaps(): readonly Gap[] {
    const gaps: Gap[] = [];
    if (this.when === 'never')
      gaps.push({
        what: 'walk over all files',
        why: this.everFinished ? 'this is what the last one found' : 'there was none yet',
        next: 'telltale check package-files, or start the daemon',
        reduced: true,
      });
    else if (!this.everFinished)
      gaps.push({ what: 'first walk over all files', why: this.#unfinished(), reduced: true });
    if (this.#unreadable > 0)
      gaps.push({ what: 'folders', why: `${this.#unreadable} could not be read`, next: 'Let the daemon run as root.' });
    return gaps;
  }

  /** Looks where it matters most; the walk comes later. */
  async glance(signal: AbortSignal): Promise<void> {
    const { index } = this.#door;
    this.#signal = signal;
    await readPackageLists(this.#host, index, this.soon.rest);
    const round = Number(index.value('round') || 0);
    await this.#walkBelow(FIRST_FOLDERS, { round, full: false, levels: FIRST_LEVELS });
    index.flush();
  }

  async #run(signal: AbortSignal, full: boolean): Promise<void> {
    const { index } = this.#door;
    this.#signal = signal;
    this.#files = 0;
    this.#checked = 0;
    this.#walking = true;
    await readPackageLists(this.#host, index, this.soon.rest);
    const round = Number(index.value('round') || 0) + 1;
    index.setValue('round', String(round));
    this.#unreadable = await this.#walkBelow(['/'], { round, full, levels: Number.POSITIVE_INFINITY });
    await this.#unwalked(round, full);
    const first = !this.everFinished;
    index.setValue('walked', String(this.#host.clock.nowMs()));
    if (full || first) index.setValue('fully-walked', String(this.#host.clock.nowMs()));
    index.flush();
    this.#door.onProgress?.('');
  }

  /** Gives how many folders could not be read. */
  async #walkBelow(
    folders: readonly string[],
    { round, full, levels }: { readonly round: number; readonly full: boolean; readonly levels: number },
  ): Promise<number> {
    let unreadable = 0;
    const foreign = this.#door.deep.foreign();
    const waiting = folders.toReversed().map((folder) => ({ folder, level: 0 }));
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { folder, level } = next;
      this.#signal?.throwIfAborted();
      if (foreign.has(folder) || this.#memory.places.ignores(folder)) continue;
      const inside = await this.#walk(folder, round, full);
      if (inside === undefined) unreadable += 1;
      else if (level < levels && waiting.length < MAX_WAITING)
        for (const below of inside) waiting.push({ folder: below, level: level + 1 });
    }
    return unreadable;
  }

  /** Shipped files in folders that the walk did not come to: they are gone, or behind a link. */
  async #unwalked(round: number, full: boolean): Promise<void> {
    const { index } = this.#door;
    for (const folder of index.unwalked(round)) {
      if (this.#memory.places.ignores(folder)) continue;
      for (const file of index.folder(folder).values())
        if (file.list !== '') await checkUnmet(this.#parts, folder, file, full);
      await this.#rest(WALK_RESTS);
    }
  }

  /** Checks what is in a folder; gives the folders in it, or undefined when it cannot be read. */
  async #walk(folder: string, round: number, full: boolean): Promise<string[] | undefined> {
    using opened = asDisposable(this.#door.deep.open(folder));
    const open = opened.value;
    if (isFailure(open)) return open.error === 'ENOENT' ? [] : undefined;
    const { index } = this.#door;
    const known = new Map(index.folder(folder));
    const shipped = known.size > 0;
    const forPackages = isForPackages(folder);
    const inside: string[] = [];
    for (let entries = open.next(); entries.length > 0; entries = open.next()) {
      for (const entry of entries) {
        const stat = open.stat(entry);
        if (isFailure(stat)) continue;
        if (entry.folder) inside.push(pathOf(folder, entry.name));
        const file = known.get(entry.name);
        known.delete(entry.name);
        if (file !== undefined && file.list !== '') {
          this.#checked += 1;
          await checkShipped(this.#parts, { folder, file, stat }, full);
        } else if (forPackages) await checkUnshipped(this.#parts, { folder, name: entry.name, stat }, file);
        await this.#consider(folder, entry, stat);
        this.#files += 1;
        await this.#rest(WALK_RESTS);
      }
    }
    for (const file of known.values()) await this.#unmet(folder, file, full);
    if (shipped) index.walked(folder, round);
    return inside;
  }

  async #unmet(folder: string, file: IndexedFile, full: boolean): Promise<void> {
    if (file.list === '') dropUnshipped(this.#door.index, folder, file);
    else await checkUnmet(this.#parts, folder, file, full);
  }

  async #consider(folder: string, { name }: FolderEntry, stat: DeepStat): Promise<void> {
    const path = pathOf(folder, name);
    const unowned = this.#memory.isUnowned(stat);
    const odd = mayBeOdd(path, stat, unowned) || (needsAttributes(stat) && this.#hasCapabilities(path));
    if (odd) await this.#memory.consider(path);
  }

  #hasCapabilities(path: string): boolean {
    const attributes = this.#door.deep.attributes(path);
    return !isFailure(attributes) && attributes.has('security.capability');
  }

  async #rest(rests: number): Promise<void> {
    const nowMs = performance.now();
    const workedMs = nowMs - this.#sliceMs;
    if (workedMs < SLICE_MS) return;
    if (nowMs - this.#toldMs > TELL_MS) {
      this.#toldMs = nowMs;
      this.#door.onProgress?.(this.#progress());
    }
    const signal = this.#signal;
    signal?.throwIfAborted();
    const restMs = Math.min(workedMs, MAX_WORKED_MS) * rests;
    if (this.when === 'background' && signal !== undefined) await this.#host.clock.sleep(restMs, signal);
    else await turn();
    this.#sliceMs = performance.now();
  }

  #unfinished(): string {
    if (this.#walking || this.when !== 'background') return `not finished: ${this.#progress()}`;
    const minutes = Math.ceil(this.#door.settings.walkAfterMs / 60_000);
    return `begins ${minutes === 0 ? 'right' : plural(minutes, 'minute')} after the start; programs and /tmp come first`;
  }

  #progress(): string {
    const shipped = this.#door.index.shipped();
    const share = shipped === 0 ? '' : `, ${Math.floor((100 * this.#checked) / shipped)} % of what packages ship`;
    return `${this.#files} files${share}`;
  }
}

function asDisposable<T>(value: T): Disposable & { readonly value: T } {
  return {
    value,
    [Symbol.dispose]: () => {
      if (typeof value === 'object' && value !== null && Symbol.dispose in value)
        (value as Disposable)[Symbol.dispose]();
    },
  };
}

const walks = new WeakMap<Host, FileWalk>();

/** The walk that goes with a host; undefined where files cannot be looked at so closely. */
export function walkOf(host: Host): FileWalk | undefined {
  const memory = filesMemoryOf(host);
  if (memory === undefined || host.integrity === undefined) return undefined;
  const known = walks.get(host);
  if (known !== undefined) return known;
  const made = new FileWalk(host, host.integrity, memory);
  walks.set(host, made);
  return made;
}

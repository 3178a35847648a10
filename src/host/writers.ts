/** Who touched which file last: remembered from file events, so that an alert about a file names its writer. */

import { belongingOf } from '#formats/cgroup.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Who } from '#model/finding.ts';
import {
  type Clock,
  type FileEvent,
  type Files,
  isFailure,
  type KernelEvent,
  type Packages,
  type Processes,
  type ProcessFacts,
  type Writer,
} from '#model/host.ts';
import type { ProcessTracker } from './processes.ts';

export interface WritersParts {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  readonly processes: Pick<Processes, 'parents'> & Pick<ProcessTracker, 'actor'>;
  readonly packages: Pick<Packages, 'ownerOf'>;
  readonly files: Pick<Files, 'stat'>;
  /** See openDpkgProof. */
  isDpkg(process: ProcessFacts): boolean;
}

/** Paths remembered in each place; the one touched longest ago goes. */
const MAX_PATHS = 1024;
/** Places, of which only root makes more; the one begun longest ago goes with all its paths. */
const MAX_PLACES = 32;
const KEEP_MS = 600_000;
/** Processes whose parents are remembered: one writes many files. */
const MAX_ACTORS = 256;
const SAME_DEED_MS = 1000;
/** Who set the flags of some file; the one noted first goes. */
const MAX_FLAGGERS = 16;
/** A file's change is stamped this near to the call: the kernel's clock for files ticks every 10 ms at most. */
const SAME_CALL_MS = 15;
const MAX_PARENTS = 16;
const DPKG = '/usr/bin/dpkg';
/** Parents told; see Who. */
const TOLD_PARENTS = 8;

interface Actor {
  readonly process: ProcessFacts;
  readonly parents: readonly ProcessFacts[];
  readonly underDpkg: boolean;
  readonly isDpkg: boolean;
}

interface Touched {
  /** Known by what fork left it: whether it is another program by now the kernel may be about to tell. */
  readonly unsure: Actor | undefined;
  /** Undefined where the process was gone before it could be asked. */
  readonly actor: Actor | undefined;
  readonly pid: number;
  readonly timeMs: number;
  /** On the boot clock. */
  readonly timeNs: number;
}

export class Writers {
  readonly #parts: WritersParts;
  /** By place: one upgrade writes 12,000 paths below /usr in seconds, and must not make us forget who wrote /etc. */
  readonly #places = new BoundedMap<string, BoundedMap<string, Touched>>(MAX_PLACES);
  readonly #actors = new BoundedMap<string, Actor>(MAX_ACTORS);
  readonly #flaggers: { readonly actor: Actor; readonly timeMs: number }[] = [];

  constructor(parts: WritersParts) {
    this.#parts = parts;
  }

  note({ path, process, pid, timeMs, kind }: FileEvent): void {
    if (pid <= 0 || kind === 'executed') return;
    const timeNs = this.#parts.clock.monotonicMs() * 1e6;
    const found = process && this.#actorOf(process);
    const unsure = found !== undefined && isAsItsParent(found) ? found : undefined;
    const touched = { actor: unsure === undefined ? found : undefined, unsure, pid, timeMs, timeNs };
    // One who is known is worth more than one who is not: what opened a file and what closed it come together.
    const paths = this.#pathsOf(path);
    const before = paths.get(path);
    const keep = touched.actor === undefined && before?.actor !== undefined && timeMs - before.timeMs < SAME_DEED_MS;
    paths.set(path, keep && before.pid === pid ? { ...before, timeMs } : touched);
  }

  /** Undefined when nothing was heard of it in the last ten minutes. */
  touchedMs(path: string): number | undefined {
    const touched = this.#places.get(placeOf(path))?.get(path);
    return touched && this.#parts.clock.nowMs() - touched.timeMs <= KEEP_MS ? touched.timeMs : undefined;
  }

  /** No file event tells of chattr(1), and the call names no path: the time at which a file was changed tells whose it was. */
  noteFlags({ process, timeMs }: KernelEvent): void {
    if (process === undefined) return;
    this.#flaggers.push({ actor: this.#actorOf(process), timeMs });
    if (this.#flaggers.length > MAX_FLAGGERS) this.#flaggers.shift();
  }

  /** Undefined when nobody was heard touching it in the last ten minutes. */
  writerOf(path: string): Writer | undefined {
    return this.#flaggerOf(path) ?? this.#lastOf(path);
  }

  #flaggerOf(path: string): Writer | undefined {
    if (this.#flaggers.length === 0) return undefined;
    const stat = this.#parts.files.stat(path);
    if (isFailure(stat)) return undefined;
    const { ctimeMs } = stat;
    const found = this.#flaggers.findLast(({ timeMs }) => Math.abs(ctimeMs - timeMs) <= SAME_CALL_MS);
    if (found === undefined || (this.touchedMs(path) ?? 0) >= found.timeMs) return undefined;
    return { who: this.#whoOf(found.actor), timeMs: found.timeMs, underDpkg: false };
  }

  #lastOf(path: string): Writer | undefined {
    const touched = this.#places.get(placeOf(path))?.get(path);
    if (touched === undefined || this.#parts.clock.nowMs() - touched.timeMs > KEEP_MS) return undefined;
    const actor = touched.actor ?? this.#late(path, touched) ?? touched.unsure;
    if (actor === undefined || this.#wasTouchedSince(path, touched.timeMs)) return undefined;
    const { underDpkg, isDpkg } = actor;
    return { who: this.#whoOf(actor), timeMs: touched.timeMs, underDpkg, ...(isDpkg && { isDpkg }) };
  }

  /** What was done since waits to be read (a watch that was stopped): whoever was last before is not accused of it. */
  #wasTouchedSince(path: string, timeMs: number): boolean {
    const stat = this.#parts.files.stat(path);
    return !isFailure(stat) && stat.type === 'file' && stat.ctimeMs - timeMs > SAME_DEED_MS;
  }

  #pathsOf(path: string): BoundedMap<string, Touched> {
    const place = placeOf(path);
    const known = this.#places.get(place);
    if (known !== undefined) return known;
    const made = new BoundedMap<string, Touched>(MAX_PATHS);
    this.#places.set(place, made);
    return made;
  }

  /** Gone before it could be asked: what the kernel told of its start and end may have been read since. */
  #late(path: string, touched: Touched): Actor | undefined {
    const process = this.#parts.processes.actor(touched.pid, touched.timeNs);
    if (process === undefined) return undefined;
    const actor = this.#actorOf(process);
    this.#pathsOf(path).set(path, { ...touched, actor });
    return actor;
  }

  /** Parents are asked for now: a moment later they may be gone. */
  #actorOf(process: ProcessFacts): Actor {
    const key = `${process.pid} ${process.startTicks} ${process.exe}`;
    const known = this.#actors.get(key);
    if (known !== undefined) return known;
    const parents = this.#parts.processes.parents(process.pid, MAX_PARENTS);
    const isDpkg = process.exe === DPKG && this.#parts.isDpkg(process);
    const underDpkg = isDpkg || [process, ...parents].some((each) => this.#parts.isDpkg(each));
    const actor = { process, parents, underDpkg, isDpkg };
    this.#actors.set(key, actor);
    return actor;
  }

  #whoOf({ process, parents }: Actor): Who {
    const { unit, session } = belongingOf(process.cgroup);
    return {
      pid: process.pid,
      exe: process.exe,
      comm: process.comm,
      cmdline: process.cmdline,
      user: process.user,
      uid: process.uid,
      parents: parents.slice(0, TOLD_PARENTS).map(({ comm, pid }) => `${comm} (${pid})`),
      unit,
      package: process.exe.startsWith('/') ? this.#parts.packages.ownerOf(process.exe) : '',
      session,
      startedMs: process.startedMs,
      ...(process.asStarted && { asStarted: true }),
    };
  }
}

/** The folder below the root; below /usr and /var, where packages write by thousands, one more. */
function placeOf(path: string): string {
  const isDeep = path.startsWith('/usr/') || path.startsWith('/var/');
  const end = path.indexOf('/', isDeep ? 5 : 1);
  return end < 0 ? '/' : path.slice(0, end);
}

/** A child before its exec, or one that has none: a worker, a subshell. */
function isAsItsParent({ process, parents: [parent] }: Actor): boolean {
  return parent !== undefined && parent.exe === process.exe && parent.cmdline === process.cmdline;
}

/** Who touched which file last: remembered from file events, so that an alert about a file names its writer. */

import { statSync } from 'node:fs';
import { belongingOf } from '#formats/cgroup.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Who } from '#model/finding.ts';
import type { Clock, FileEvent, Packages, Processes, ProcessFacts, Writer } from '#model/host.ts';

export interface WritersParts {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly processes: Pick<Processes, 'parents'>;
  readonly packages: Pick<Packages, 'ownerOf' | 'verify'>;
}

/** Paths remembered; the one touched longest ago goes. */
const MAX_PATHS = 4096;
const KEEP_MS = 600_000;
/** Processes whose parents are remembered: one writes many files. */
const MAX_ACTORS = 256;
const MAX_PARENTS = 16;
/** Parents told; see Who. */
const TOLD_PARENTS = 8;
const DPKG = '/usr/bin/dpkg';

interface Actor {
  readonly process: ProcessFacts;
  readonly parents: readonly ProcessFacts[];
  readonly underDpkg: boolean;
}

interface Touched {
  readonly actor: Actor;
  readonly timeMs: number;
}

export class Writers {
  readonly #parts: WritersParts;
  readonly #paths = new BoundedMap<string, Touched>(MAX_PATHS);
  readonly #actors = new BoundedMap<string, Actor>(MAX_ACTORS);

  constructor(parts: WritersParts) {
    this.#parts = parts;
  }

  note({ path, process, timeMs, kind }: FileEvent): void {
    if (process === undefined || kind === 'executed') return;
    this.#paths.set(path, { actor: this.#actorOf(process), timeMs });
  }

  /** Undefined when nobody was heard touching it in the last ten minutes. */
  writerOf(path: string): Writer | undefined {
    const touched = this.#paths.get(path);
    if (touched === undefined || this.#parts.clock.nowMs() - touched.timeMs > KEEP_MS) return undefined;
    const { actor, timeMs } = touched;
    return { who: this.#whoOf(actor), timeMs, underDpkg: actor.underDpkg };
  }

  /** Parents are asked for now: a moment later they may be gone. */
  #actorOf(process: ProcessFacts): Actor {
    const key = `${process.pid} ${process.startTicks} ${process.exe}`;
    const known = this.#actors.get(key);
    if (known !== undefined) return known;
    const parents = this.#parts.processes.parents(process.pid, MAX_PARENTS);
    const underDpkg = [process, ...parents].some((each) => this.#isDpkg(each));
    const actor = { process, parents, underDpkg };
    this.#actors.set(key, actor);
    return actor;
  }

  /** Name and place prove nothing: in a mount namespace of his own anybody may call a file /usr/bin/dpkg. */
  #isDpkg({ exe, exeState, pid, asStarted }: ProcessFacts): boolean {
    if (exe !== DPKG || exeState !== 'present' || asStarted) return false;
    const running = statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false });
    const shipped = statSync(DPKG, { throwIfNoEntry: false });
    if (running === undefined || running.ino !== shipped?.ino || running.dev !== shipped.dev) return false;
    return this.#parts.packages.verify(DPKG) === 'same';
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

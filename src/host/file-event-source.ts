/** Arms the best there is for the paths that somebody wants to hear of, and gives each event to those who want it. */

import { FILE_BIT } from '#formats/fanotify-record.ts';
import type { Gap } from '#model/gap.ts';
import {
  type Clock,
  type FileEvent,
  type FileEventKind,
  type Files,
  isFailure,
  type ProcessFacts,
} from '#model/host.ts';
import type { FileSubscriber } from './file-subscriber.ts';
import { KernelFileMarks } from './kernel-file-marks.ts';
import { MarkWays, type RawEvent, type Watched, type Way } from './mark-ways.ts';
import { type Mounts, readMounts } from './mounts.ts';
import type { ProcessTracker } from './processes.ts';
import { StatPoll } from './stat-poll.ts';
import { WatchTree } from './watch-tree.ts';
import type { Writers } from './writers.ts';

export interface FileEventsParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly processes: Pick<ProcessTracker, 'doer'>;
  readonly writers: Writers;
  /** For tests: ways that are not to be tried. */
  readonly without?: readonly Way[];
}

/** Whether something was mounted is asked this often; and where nothing tells, whether something changed. */
const TICK_MS = 5000;
/** Subscribers are asked for their paths every this many of those. */
const WISHES_EVERY = 12;

/** Order within one record, which may stand for several things: coming before going. */
const kinds: readonly (readonly [bit: number, kind: FileEventKind])[] = [
  [FILE_BIT.created, 'created'],
  [FILE_BIT.movedTo, 'moved-to'],
  [FILE_BIT.written, 'written'],
  [FILE_BIT.attributes, 'attributes'],
  [FILE_BIT.executed, 'executed'],
  [FILE_BIT.movedFrom, 'moved-from'],
  [FILE_BIT.deleted, 'deleted'],
];
/** Homes come and go with their lines: who hears of files in homes is asked anew. */
const ACCOUNTS = '/etc/passwd';
const REARM_MS = 200;
/** Later than the look that an event asks for: it may find what else there is to hear of. */
const FOLLOW_MS = 500;
const COMES_OR_GOES = FILE_BIT.created | FILE_BIT.movedTo | FILE_BIT.movedFrom | FILE_BIT.deleted;

export class FileEventSource implements Disposable {
  /** Changes in place: who listens holds it. */
  readonly gaps: Gap[] = [];
  /** The kernel does not say how many it dropped: each time counts as one. */
  lost = 0;
  readonly #parts: FileEventsParts;
  readonly #subscribers: ReadonlySet<FileSubscriber>;
  readonly #ways: MarkWays<FileSubscriber>;
  readonly #kernelFiles: KernelFileMarks;
  readonly #poll: StatPoll;
  readonly #timer: NodeJS.Timeout;
  #tree = new WatchTree<FileSubscriber>();
  #mounts: Mounts = { all: [], text: '' };
  #ticks = 0;
  #rearm: NodeJS.Timeout | undefined;
  #follow: NodeJS.Timeout | undefined;
  /** Those who follow what files say, and heard something since they were asked. */
  readonly #moved = new Set<FileSubscriber>();
  #actor: { readonly pid: number; readonly process: ProcessFacts | undefined } = { pid: 0, process: undefined };

  constructor(parts: FileEventsParts, subscribers: ReadonlySet<FileSubscriber>) {
    this.#parts = parts;
    this.#subscribers = subscribers;
    this.#poll = new StatPoll(parts.files);
    const onOverflow = (): void => {
      this.#onOverflow();
    };
    const onRead = (): void => {
      this.#flush();
    };
    const { without = [] } = parts;
    this.#ways = new MarkWays<FileSubscriber>({
      interestIn: (folder) => this.#tree.interestIn(folder),
      onEvent: (watched, event) => {
        this.#onEvent(watched, event);
      },
      onFound: (paths, pid) => {
        for (const path of paths) this.#tellOf(path, { mask: FILE_BIT.created, pid });
      },
      onOverflow,
      onRead,
      monotonicMs: () => parts.clock.monotonicMs(),
      without,
    });
    this.#kernelFiles = new KernelFileMarks({
      onWritten: (path, pid) => {
        this.#tellOf(path, { mask: FILE_BIT.written, pid });
      },
      onOverflow,
      onRead,
      without,
    });
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
  }

  get by(): string {
    return this.#ways.by;
  }

  /** Asks all subscribers for their paths, and marks what is not marked yet. */
  arm(): void {
    for (const subscriber of this.#subscribers) subscriber.ask();
    this.#plant();
  }

  #plant(): void {
    const tree = new WatchTree<FileSubscriber>();
    for (const subscriber of this.#subscribers) for (const path of subscriber.asked) tree.add(path, subscriber);
    this.#tree = tree;
    this.#mark(readMounts(this.#parts.files));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#rearm);
    clearTimeout(this.#follow);
    this.#ways[Symbol.dispose]();
    this.#kernelFiles[Symbol.dispose]();
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#ticks % WISHES_EVERY === 0) this.arm();
    else {
      const mounts = readMounts(this.#parts.files);
      if (mounts.text !== this.#mounts.text) this.#mark(mounts);
    }
    for (const path of this.#poll.changed(this.#ways.polled)) this.#tellOf(path, { mask: FILE_BIT.written, pid: 0 });
    this.#flush();
  }

  #mark(mounts: Mounts): void {
    this.#mounts = mounts;
    const executed = [...this.#subscribers].some(({ kinds: wanted }) => wanted.has('executed'));
    const paths = [...this.#tree.paths()];
    const gaps = [...this.#ways.mark(paths, mounts, executed), ...this.#kernelFiles.mark(paths, mounts)];
    this.gaps.splice(0, this.gaps.length, ...gaps);
  }

  #onEvent({ folder, interest }: Watched<FileSubscriber>, event: RawEvent): void {
    const { mask, name } = event;
    const named = interest.names.get(name);
    if (named === undefined) {
      if (interest.whole.length > 0) this.#tell(interest.whole, pathIn(folder, name), event);
      return;
    }
    const below = (mask & COMES_OR_GOES) === 0 ? [] : named.below;
    const hearers = [...interest.whole, ...named.exact, ...below];
    if (hearers.length > 0) this.#tell(hearers, pathIn(folder, name), event);
  }

  /** For what did not come as an event of the folder that it is in. */
  #tellOf(path: string, event: Pick<RawEvent, 'mask' | 'pid'>): void {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, slash) || '/';
    const interest = this.#tree.interestIn(folder);
    if (interest !== undefined)
      this.#onEvent({ folder, interest, marks: undefined }, { ...event, name: path.slice(slash + 1) });
  }

  #tell(hearers: readonly FileSubscriber[], path: string, { mask, pid }: Pick<RawEvent, 'mask' | 'pid'>): void {
    // At once: who writes one line is gone a millisecond later.
    if (this.#actor.pid !== pid) this.#actor = { pid, process: this.#processOf(pid) };
    if (path === ACCOUNTS) this.#armSoon();
    const timeMs = this.#parts.clock.nowMs();
    const directory = (mask & FILE_BIT.directory) !== 0;
    for (const [bit, kind] of kinds) {
      if ((mask & bit) === 0) continue;
      const event: FileEvent = { kind, timeMs, path, directory, pid, process: this.#actor.process };
      this.#parts.writers.note(event);
      for (const subscriber of hearers) subscriber.hear(event);
    }
  }

  /** Once a burst: useradd writes the file, makes the home, and writes the file again. */
  #armSoon(): void {
    this.#rearm ??= setTimeout(() => {
      this.#rearm = undefined;
      this.arm();
    }, REARM_MS);
  }

  /** As it is now, not as it was a second ago: apt's child is dpkg from one moment to the next. */
  #processOf(pid: number): ProcessFacts | undefined {
    return this.#parts.processes.doer(pid);
  }

  #flush(): void {
    this.#actor = { pid: 0, process: undefined };
    for (const subscriber of this.#subscribers) {
      if (!subscriber.flush() || !subscriber.follows) continue;
      this.#moved.add(subscriber);
      this.#follow ??= setTimeout(() => {
        this.#follow = undefined;
        this.#followThem();
      }, FOLLOW_MS);
    }
  }

  /** What stands at a path that nobody heard of before may have come, or changed, before it was marked. */
  #followThem(): void {
    const news = [...this.#moved]
      .filter((subscriber) => this.#subscribers.has(subscriber))
      .map((subscriber) => ({ subscriber, paths: subscriber.ask() }));
    this.#moved.clear();
    if (news.every(({ paths }) => paths.length === 0)) return;
    this.#plant();
    const timeMs = this.#parts.clock.nowMs();
    for (const { subscriber, paths } of news)
      for (const path of paths) {
        const stat = this.#parts.files.stat(path);
        if (isFailure(stat)) continue;
        const directory = stat.type === 'directory';
        subscriber.hear({ kind: 'attributes', timeMs, path, directory, pid: 0, process: undefined });
      }
    this.#flush();
  }

  #onOverflow(): void {
    this.lost += 1;
    for (const subscriber of this.#subscribers) subscriber.queue.wake();
  }
}

function pathIn(folder: string, name: string): string {
  if (name === '.') return folder;
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

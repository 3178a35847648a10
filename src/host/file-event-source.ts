/** Arms the best there is for the paths that somebody wants to hear of, and gives each event to those who want it. */

import { FILE_BIT } from '#formats/fanotify-record.ts';
import type { Gap } from '#model/gap.ts';
import type { Clock, FileEvent, FileEventKind, Files, Processes, ProcessFacts } from '#model/host.ts';
import { Fanotify, type Place } from './fanotify.ts';
import type { FileSubscriber } from './file-subscriber.ts';
import { comesFromElsewhere, type Mounts, mountsFor, readMounts } from './mounts.ts';
import { type Interest, WatchTree } from './watch-tree.ts';
import type { Writers } from './writers.ts';

export interface FileEventsParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly processes: Pick<Processes, 'get'>;
  readonly writers: Writers;
}

/** Whether something was mounted is asked this often. */
const MOUNTS_MS = 5000;
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
const COMES_OR_GOES = FILE_BIT.created | FILE_BIT.movedTo | FILE_BIT.movedFrom | FILE_BIT.deleted;

/** A folder of interest: where it is, and to whom. */
interface Watched {
  readonly folder: string;
  readonly interest: Interest<FileSubscriber>;
}

interface RawEvent {
  readonly mask: number;
  readonly pid: number;
  readonly name: string;
}

export class FileEventSource implements Disposable {
  /** Grows in place: who listens holds it. */
  readonly gaps: Gap[] = [];
  /** The kernel does not say how many it dropped: each time counts as one. */
  lost = 0;
  readonly #parts: FileEventsParts;
  readonly #subscribers: ReadonlySet<FileSubscriber>;
  readonly #fanotify: Fanotify<Watched> | string;
  readonly #timer: NodeJS.Timeout;
  #tree = new WatchTree<FileSubscriber>();
  #mounts: Mounts = { all: [], text: '' };
  #ticks = 0;
  #actor: { readonly pid: number; readonly process: ProcessFacts | undefined } = { pid: 0, process: undefined };

  constructor(parts: FileEventsParts, subscribers: ReadonlySet<FileSubscriber>) {
    this.#parts = parts;
    this.#subscribers = subscribers;
    this.#fanotify = Fanotify.open<Watched>({
      placeOf: (folder) => {
        const interest = this.#tree.interestIn(folder);
        return interest && { folder, interest };
      },
      otherPlace: () => [],
      onEvent: (places, event) => {
        this.#onEvent(places, event);
      },
      onOverflow: () => {
        this.#onOverflow();
      },
      onRead: () => {
        this.#actor = { pid: 0, process: undefined };
        for (const subscriber of this.#subscribers) subscriber.flush();
      },
    });
    this.#timer = setInterval(() => {
      this.#tick();
    }, MOUNTS_MS);
  }

  get by(): string {
    return typeof this.#fanotify === 'string' ? 'polling' : 'fanotify';
  }

  /** Asks all subscribers for their paths, and marks what is not marked yet. */
  arm(): void {
    this.#mounts = readMounts(this.#parts.files);
    const tree = new WatchTree<FileSubscriber>();
    for (const subscriber of this.#subscribers) for (const path of subscriber.paths()) tree.add(path, subscriber);
    this.#tree = tree;
    this.#mark();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (typeof this.#fanotify !== 'string') this.#fanotify[Symbol.dispose]();
  }

  #tick(): void {
    this.#ticks += 1;
    if (this.#ticks % WISHES_EVERY === 0) {
      this.arm();
      return;
    }
    const mounts = readMounts(this.#parts.files);
    if (mounts.text === this.#mounts.text) return;
    this.#mounts = mounts;
    this.#mark();
  }

  #mark(): void {
    const fanotify = this.#fanotify;
    const gaps = new Map<string, Gap>();
    if (typeof fanotify === 'string') {
      gaps.set('', { what: 'file events', why: `fanotify_init: ${fanotify}` });
    } else {
      const executed = [...this.#subscribers].some(({ kinds: wanted }) => wanted.has('executed'));
      const marked = new Set<string>();
      for (const path of this.#tree.paths()) {
        for (const mount of mountsFor(this.#mounts, path)) {
          if (marked.has(mount.device)) continue;
          marked.add(mount.device);
          const why = fanotify.mark(mount, executed);
          const what = `file events below ${mount.point}`;
          if (why !== '') gaps.set(what, { what, why: `fanotify_mark: ${why} (${mount.type})` });
          else if (comesFromElsewhere(mount))
            gaps.set(what, { what, why: `what other machines change is not told (${mount.type})`, reduced: true });
        }
      }
      fanotify.refresh(this.#mounts);
    }
    this.gaps.splice(0, this.gaps.length, ...gaps.values());
  }

  #onEvent(places: Place<Watched>, { mask, pid, name }: RawEvent): void {
    for (const { folder, interest } of places) {
      const named = interest.names.get(name);
      if (interest.whole.length === 0 && named === undefined) continue;
      const hearers =
        named === undefined
          ? interest.whole
          : [...interest.whole, ...named.exact, ...((mask & COMES_OR_GOES) !== 0 ? named.below : [])];
      if (hearers.length > 0) this.#tell(hearers, pathIn(folder, name), { mask, pid });
    }
  }

  #tell(hearers: readonly FileSubscriber[], path: string, { mask, pid }: Pick<RawEvent, 'mask' | 'pid'>): void {
    if (this.#actor.pid !== pid) this.#actor = { pid, process: this.#parts.processes.get(pid) };
    const timeMs = this.#parts.clock.nowMs();
    const directory = (mask & FILE_BIT.directory) !== 0;
    for (const [bit, kind] of kinds) {
      if ((mask & bit) === 0) continue;
      const event: FileEvent = { kind, timeMs, path, directory, pid, process: this.#actor.process };
      this.#parts.writers.note(event);
      for (const subscriber of hearers) subscriber.hear(event);
    }
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

/** One who wants to hear of files: what it asked for, and what waits for it. */

import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FileEvent, FileEventKind, FileWish } from '#model/host.ts';
import { type EventQueue, makeEventQueue } from './event-queue.ts';
import { mayStall } from './stalling-mounts.ts';

/** Events that wait for one subscriber; of more, the newest are dropped and counted. */
const MAX_WAITING = 32_768;
const MAX_PATHS = 8192;
/** Links to what is not there that are followed, one after another. */
const MAX_LINKS = 8;
const usual: readonly FileEventKind[] = ['written', 'created', 'deleted', 'moved-from', 'moved-to', 'attributes'];

export class FileSubscriber {
  readonly queue: EventQueue<FileEvent> = makeEventQueue(MAX_WAITING);
  readonly kinds: ReadonlySet<FileEventKind>;
  readonly follows: boolean;
  readonly #wish: FileWish;
  #batch: FileEvent[] = [];
  #asked: ReadonlySet<string> = new Set();

  constructor(wish: FileWish) {
    this.#wish = wish;
    this.kinds = new Set(wish.kinds ?? usual);
    this.follows = wish.follows === true;
  }

  /** As it said when it was asked last. */
  get asked(): ReadonlySet<string> {
    return this.#asked;
  }

  /**
   * Asks where the things are that it wants to hear of now, links followed; those beyond 8,192 are left out. Gives the
   * paths that it did not name when it was asked before.
   */
  ask(): readonly string[] {
    const before = this.#asked;
    this.#asked = this.#paths();
    return [...this.#asked].filter((path) => !before.has(path));
  }

  #paths(): ReadonlySet<string> {
    const real = new Set<string>();
    // Thousands of files lie in a few folders: each is followed once, not at every path.
    const folders = new Map<string, string>();
    for (const path of this.#wish.paths().slice(0, MAX_PATHS))
      for (const place of realPlaces(path, folders)) real.add(place);
    return real;
  }

  /** What it did not ask for is left out; nothing is given to it before `flush`. */
  hear(event: FileEvent): void {
    if (this.kinds.has(event.kind)) this.#batch.push(event);
  }

  /** False where nothing waited for it. */
  flush(): boolean {
    if (this.#batch.length === 0) return false;
    const before = this.queue.dropped();
    this.queue.push(this.#batch);
    this.#batch = [];
    if (this.queue.dropped() > before) this.queue.wake();
    return true;
  }
}

/** The path with the links in its folders followed, and where it leads to itself when it is a link. */
function realPlaces(path: string, folders: Map<string, string>): string[] {
  const slash = path.lastIndexOf('/');
  const above = path.slice(0, slash) || '/';
  const folder = folders.get(above) ?? realPath(above);
  folders.set(above, folder);
  const own = `${folder === '/' ? '' : folder}${path.slice(slash)}`;
  if (mayStall(own, false) !== undefined) return [own];
  const isLink = orUndefined(() => lstatSync(own, { throwIfNoEntry: false }))?.isSymbolicLink() ?? false;
  return isLink ? [own, realPath(own)] : [own];
}

/** As realpath(3), but of what is not there (yet) the part that is; a link that leads to nothing is followed as well. */
export function realPath(path: string, depth = MAX_LINKS): string {
  if (path === '' || path === '/') return '/';
  if (mayStall(path) !== undefined) return path;
  const real = orUndefined(() => realpathSync.native(path));
  if (real !== undefined) return real;
  const slash = path.lastIndexOf('/');
  const folder = realPath(path.slice(0, slash), depth);
  const place = join(folder, path.slice(slash + 1));
  const target = depth > 0 ? orUndefined(() => readlinkSync(place)) : undefined;
  return target === undefined ? place : realPath(resolve(folder, target), depth - 1);
}

/** What the machine refuses is undefined: it is not there, no link, or closed to us. */
function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

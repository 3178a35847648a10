/** One who wants to hear of files: what it asked for, and what waits for it. */

import { realpathSync } from 'node:fs';
import type { FileEvent, FileEventKind, FileWish } from '#model/host.ts';
import { type EventQueue, makeEventQueue } from './event-queue.ts';

/** Events that wait for one subscriber; of more, the newest are dropped and counted. */
const MAX_WAITING = 32_768;
const MAX_PATHS = 8192;
const usual: readonly FileEventKind[] = ['written', 'created', 'deleted', 'moved-from', 'moved-to', 'attributes'];

export class FileSubscriber {
  readonly queue: EventQueue<FileEvent> = makeEventQueue(MAX_WAITING);
  readonly kinds: ReadonlySet<FileEventKind>;
  readonly #wish: FileWish;
  #batch: FileEvent[] = [];

  constructor(wish: FileWish) {
    this.#wish = wish;
    this.kinds = new Set(wish.kinds ?? usual);
  }

  /** Where the things are that it wants to hear of now, links followed; those beyond 8,192 are left out. */
  paths(): readonly string[] {
    const real = new Set<string>();
    for (const path of this.#wish.paths().slice(0, MAX_PATHS)) for (const place of realPlaces(path)) real.add(place);
    return [...real];
  }

  /** What it did not ask for is left out; nothing is given to it before `flush`. */
  hear(event: FileEvent): void {
    if (this.kinds.has(event.kind)) this.#batch.push(event);
  }

  flush(): void {
    if (this.#batch.length === 0) return;
    const before = this.queue.dropped();
    this.queue.push(this.#batch);
    this.#batch = [];
    if (this.queue.dropped() > before) this.queue.wake();
  }
}

/** The path with the links in its folders followed, and where it leads to itself when it is a link. */
function realPlaces(path: string): string[] {
  const slash = path.lastIndexOf('/');
  const folder = realPath(path.slice(0, slash) || '/');
  const own = `${folder === '/' ? '' : folder}${path.slice(slash)}`;
  const target = realPath(path);
  return target === own ? [own] : [own, target];
}

/** Of what is not there (yet), the part that is. */
export function realPath(path: string): string {
  let rest = '';
  for (let at = path; at !== '' && at !== '/'; ) {
    try {
      return realpathSync.native(at) + rest;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      const slash = at.lastIndexOf('/');
      rest = at.slice(slash) + rest;
      at = at.slice(0, slash);
    }
  }
  return rest === '' ? '/' : rest;
}

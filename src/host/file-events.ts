/** File events for everybody who wants some: one source for all subscribers of a host, armed while there are any. */

import type { FileEvents, FileWish } from '#model/host.ts';
import type { FileEventsParts, FileEventSource as Source } from './file-event-source.ts';
import { FileSubscriber } from './file-subscriber.ts';

/** All subscribers of one host. */
export class FileEventHub {
  readonly #parts: FileEventsParts;
  readonly #subscribers = new Set<FileSubscriber>();
  #source: Source | undefined;
  #arming: Promise<void> | undefined;

  constructor(parts: FileEventsParts) {
    this.#parts = parts;
  }

  /** Those who come (or go) together are armed together: each arming asks everybody for their paths. */
  async #arm(): Promise<void> {
    this.#arming ??= this.#armSoon();
    await this.#arming;
  }

  async #armSoon(): Promise<void> {
    await new Promise<void>((done) => setImmediate(done));
    // Loaded by those who hear: most commands look once.
    const { FileEventSource } = await import('./file-event-source.ts');
    this.#arming = undefined;
    if (this.#subscribers.size > 0) this.#source ??= new FileEventSource(this.#parts, this.#subscribers);
    this.#source?.arm();
  }

  /** Never throws for what the kernel refuses: `gaps` say it, and grow when more is refused later. */
  async subscribe(wish: FileWish, signal: AbortSignal): Promise<FileEvents> {
    const subscriber = new FileSubscriber(wish);
    this.#subscribers.add(subscriber);
    await this.#arm();
    const source = this.#source;
    if (source === undefined) throw new Error('Cannot hear of files: the source was closed while it was opened');
    const close = (): void => {
      signal.removeEventListener('abort', close);
      subscriber.queue.end();
      if (!this.#subscribers.delete(subscriber)) return;
      if (this.#subscribers.size > 0) {
        void this.#arm();
        return;
      }
      source[Symbol.dispose]();
      this.#source = undefined;
    };
    signal.addEventListener('abort', close, { once: true });
    if (signal.aborted) close();
    return {
      batches: subscriber.queue.batches,
      lost: () => source.lost + subscriber.queue.dropped(),
      by: source.by,
      gaps: source.gaps,
      [Symbol.asyncDispose]: () => {
        close();
        return Promise.resolve();
      },
    };
  }
}

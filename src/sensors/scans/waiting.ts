/** Probes whose answer is waited for, in order of time; bounded. */

import type { SourceKey } from './address.ts';
import type { PlaceKey } from './places.ts';
import { ANSWER_MS } from './score.ts';

/** More than this are waited for only in a flood: then the oldest quarter is forgotten. */
const MAX_WAITING = 8192;

/** One that waits. */
export interface Waits {
  readonly key: SourceKey;
  readonly place: PlaceKey;
  readonly atMs: number;
}

export class Waiting {
  readonly #queue: Waits[] = [];

  get size(): number {
    return this.#queue.length;
  }

  add(waits: Waits): void {
    this.#queue.push(waits);
    if (this.#queue.length > MAX_WAITING) this.#queue.splice(0, MAX_WAITING / 4);
  }

  /** Takes those whose time is over; "ask" when first it must be asked what listens (`askedMs`: when it was last). */
  ripe(nowMs: number, askedMs: number | undefined): readonly Waits[] | 'ask' {
    const [first] = this.#queue;
    if (first === undefined || nowMs - first.atMs <= ANSWER_MS) return [];
    if (askedMs === undefined || askedMs < first.atMs + ANSWER_MS) return 'ask';
    const unripe = this.#queue.findIndex(({ atMs }) => nowMs - atMs <= ANSWER_MS || atMs > askedMs);
    return this.#queue.splice(0, unripe < 0 ? this.#queue.length : unripe);
  }
}

/** When which place was tried, thinned as it grows: a picture of the whole scan that stays small. */

import type { PlaceKey } from './places.ts';

/** One probe of a picture. */
export interface Mark {
  readonly atMs: number;
  readonly place: PlaceKey;
}

/** Beyond this every second mark goes, and only every second probe is noted from then on, and so forth. */
export const MAX_MARKS = 400;

export class Track {
  #marks: Mark[] = [];
  #every = 1;
  #count = 0;

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** Of how many probes one is noted now: 1 until it is full for the first time, then 2, 4, 8 … */
  get every(): number {
    return this.#every;
  }

  note(place: PlaceKey, atMs: number): void {
    this.#count += 1;
    if (this.#count % this.#every !== 0) return;
    this.#marks.push({ atMs, place });
    if (this.#marks.length < MAX_MARKS) return;
    this.#marks = thinned(this.#marks);
    this.#every *= 2;
  }
}

/** Every second one, the first among them. */
export function thinned<T>(marks: readonly T[]): T[] {
  return marks.filter((_mark, index) => index % 2 === 0);
}

/** How long we waited for a CPU that others had: who was stopped did not wait, who was crowded out did. */

import { type Files, isFailure } from '#model/host.ts';

/** "<ns on a CPU> <ns waiting for one> <turns>" of our first thread (Documentation/scheduler/sched-stats.rst). */
const PATH = '/proc/self/schedstat';
const LINE = /^\d{1,19} (\d{1,19}) \d{1,19}\n?$/;

export class OwnWaits {
  readonly #files: Files;
  #lastMs: number | undefined;

  constructor(files: Files) {
    this.#files = files;
    this.#lastMs = this.#read();
  }

  /** Milliseconds waited since the last question; undefined where the kernel does not say. */
  sinceMs(): number | undefined {
    const beforeMs = this.#lastMs;
    this.#lastMs = this.#read();
    return beforeMs === undefined || this.#lastMs === undefined ? undefined : this.#lastMs - beforeMs;
  }

  #read(): number | undefined {
    const bytes = this.#files.read(PATH, 128);
    const found = isFailure(bytes) ? null : LINE.exec(bytes.toString('latin1'));
    return found === null ? undefined : Number(found[1]) / 1e6;
  }
}

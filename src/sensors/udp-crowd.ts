/**
 * Resolvers (unbound, dnsmasq, named) bind a random port by number for each question, against forged answers. They are
 * told apart from a listener on a high port by their number: a program that binds many such ports within a minute is
 * asking, not serving.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Clock, KernelEvent } from '#model/host.ts';

const WINDOW_MS = 60_000;
/** The first ports of a program are told; from this many in a window on they are a client's. */
const CROWD = 8;
/** Programs remembered; the oldest goes. */
const MAX_PROGRAMS = 256;

export class CrowdOfBinds {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #programs = new BoundedMap<string, { readonly startMs: number; count: number }>(MAX_PROGRAMS);

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Counts this bind; true when it is one of a crowd. Unknown processes are never in one. */
  joins(event: KernelEvent): boolean {
    const process = event.process;
    if (process === undefined || process.exe === '') return false;
    const key = `${process.exe} ${process.uid}`;
    const nowMs = this.#clock.monotonicMs();
    const known = this.#programs.get(key);
    const current = known !== undefined && nowMs - known.startMs < WINDOW_MS ? known : { startMs: nowMs, count: 0 };
    // A program in a crowd keeps its window open, else each minute would begin with news.
    if (known !== undefined && current !== known && known.count > CROWD) current.count = CROWD;
    current.count += 1;
    this.#programs.set(key, current);
    return current.count > CROWD;
  }
}

/** A clock that moves when it is told to: a made-up day passes in seconds, and sleepers wake in the order of their time. */

import type { Clock } from '#model/host.ts';
import { idMaker } from './clock.ts';

export interface VirtualClock extends Clock {
  /** When the next sleeper wakes, epoch milliseconds; Infinity when nobody sleeps. */
  nextWakeMs(): number;
  /** Moves on to this time (never back), and wakes who has slept long enough. */
  moveTo(timeMs: number): void;
  /** Steps the wall clock only, as an administrator or NTP does; sleepers do not notice. */
  stepMs(byMs: number): void;
}

interface Sleeper {
  readonly untilMs: number;
  wake(): void;
}

/** Starts at `startMs` (epoch milliseconds), `upMs` after the boot. */
export function makeVirtualClock(startMs: number, upMs = 3_600_000): VirtualClock {
  let elapsedMs = 0;
  let steppedMs = 0;
  const makeId = idMaker();
  const sleepers = new Set<Sleeper>();
  const nowMs = (): number => startMs + steppedMs + elapsedMs;
  return {
    nowMs,
    monotonicMs: () => upMs + elapsedMs,
    bootMs: () => startMs + steppedMs - upMs,
    id: () => makeId(nowMs()),
    sleep(ms, signal) {
      return new Promise((resolve) => {
        if (signal.aborted) {
          resolve();
          return;
        }
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        // At least a millisecond: who sleeps for no time in a loop must not stop the clock.
        const sleeper = { untilMs: elapsedMs + Math.max(1, ms), wake };
        sleepers.add(sleeper);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
    nextWakeMs() {
      let next = Number.POSITIVE_INFINITY;
      for (const { untilMs } of sleepers) next = Math.min(next, untilMs);
      return startMs + steppedMs + next;
    },
    moveTo(timeMs) {
      elapsedMs = Math.max(elapsedMs, timeMs - startMs - steppedMs);
      const due = [...sleepers].filter(({ untilMs }) => untilMs <= elapsedMs).sort((a, b) => a.untilMs - b.untilMs);
      for (const sleeper of due) sleeper.wake();
    },
    stepMs(byMs) {
      steppedMs += byMs;
    },
  };
}

/** Batches from the kernel's side to one reader; bounded, so that a reader that stands still costs no memory. */

export interface EventQueue<E> {
  push(events: readonly E[]): void;
  /** Gives the reader an empty batch: something else (a loss) is to be looked at. */
  wake(): void;
  end(): void;
  /** Events dropped because the reader did not keep up. */
  dropped(): number;
  readonly batches: AsyncIterable<readonly E[]>;
}

/** Keeps at most `limit` events; of more, the newest are dropped and counted. */
export function makeEventQueue<E>(limit: number): EventQueue<E> {
  let waiting: E[] = [];
  let dropped = 0;
  const signs = { woken: false, ended: false };
  let deliver: (() => void) | undefined;
  const notify = (): void => {
    deliver?.();
    deliver = undefined;
  };
  const next = async (): Promise<IteratorResult<readonly E[]>> => {
    while (waiting.length === 0 && !signs.woken && !signs.ended) {
      await new Promise<void>((resolve) => {
        deliver = resolve;
      });
    }
    if (waiting.length === 0 && !signs.woken) return { done: true, value: undefined };
    const value = waiting;
    waiting = [];
    signs.woken = false;
    return { done: false, value };
  };
  return {
    push(events) {
      const room = Math.max(0, limit - waiting.length);
      for (const event of room >= events.length ? events : events.slice(0, room)) waiting.push(event);
      dropped += Math.max(0, events.length - room);
      notify();
    },
    wake() {
      signs.woken = true;
      notify();
    },
    end() {
      signs.ended = true;
      notify();
    },
    dropped: () => dropped,
    batches: {
      [Symbol.asyncIterator]: () => ({
        next,
        return: () => {
          signs.ended = true;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    },
  };
}

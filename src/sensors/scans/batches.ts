/** A queue from what is heard to its one reader; bounded. */

/** More wait only when the reader stands still; what is older goes first, for a look tells it again. */
const MAX_WAITING = 1024;

export class Batches<E> implements AsyncIterable<readonly E[]> {
  #waiting: E[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(event: E): void {
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly E[]> {
    while (!this.#isOver()) {
      if (this.#waiting.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (this.#ended || this.#waiting.length > 0) resolve();
        });
        continue;
      }
      const batch = this.#waiting;
      this.#waiting = [];
      yield batch;
    }
  }

  #isOver(): boolean {
    return this.#ended && this.#waiting.length === 0;
  }
}

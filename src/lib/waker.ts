/** A wait that somebody can end early. One waits at a time; a wake before the wait is not lost. */

/** The default reason is an error with a stack: a tenth of a millisecond, each time. */
const WOKEN = 'woken';

export class Waker {
  #controller: AbortController | undefined;
  #woken = false;

  wake(): void {
    this.#woken = true;
    this.#controller?.abort(WOKEN);
  }

  /** Waits with `sleep` (as Clock.sleep) until the time is over, somebody wakes us, or `signal` aborts. */
  async wait(
    ms: number,
    signal: AbortSignal,
    sleep: (ms: number, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (!this.#woken && !signal.aborted) {
      const controller = new AbortController();
      const stop = (): void => controller.abort(WOKEN);
      this.#controller = controller;
      signal.addEventListener('abort', stop, { once: true });
      await sleep(ms, controller.signal);
      signal.removeEventListener('abort', stop);
      this.#controller = undefined;
    }
    this.#woken = false;
  }
}

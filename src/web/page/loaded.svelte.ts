/** Something read from the web process, read again when told; what was there stays visible meanwhile. */

import { ApiError, ask } from './api.ts';
import { live } from './live.svelte.ts';

export class Loaded<T> {
  value: T | undefined = $state.raw(undefined);
  error: string = $state('');
  #path: string;
  #running: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads `path` from now on, at once. */
  open(path: string): void {
    this.#path = path;
    void this.load();
  }

  async load(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#lastMs = performance.now();
    try {
      const value = await ask<T>(this.#path, undefined, running.signal);
      if (running.signal.aborted) return;
      this.value = value;
      this.error = '';
    } catch (error) {
      if (running.signal.aborted) return;
      if (error instanceof ApiError && error.code === 'LOGGED-OUT') live.state = 'out';
      this.error = error instanceof Error ? error.message : String(error);
    }
  }

  /** Reads soon: never more often than every `everyMs`, however often it is called. */
  soon(everyMs: number): void {
    if (this.#timer !== undefined) return;
    const waitMs = Math.max(150, everyMs - (performance.now() - this.#lastMs));
    this.#timer = setTimeout(() => void this.load(), waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
  }
}

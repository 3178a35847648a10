/** The stream of what happens (server-sent events, read with fetch so that the key can go along as a header). */

import type { FeedEvent } from '../api/shapes.ts';
import { headers, reach } from './api.ts';

const QUIET_MS = 40_000;
const WAITS_MS = [500, 1000, 2000, 5000, 10_000] as const;

class Live {
  /** `lost` carries since when; `out`: the session ended. */
  state: 'starting' | 'live' | 'lost' | 'out' = $state('starting');
  lostSinceMs = $state(0);
  /** Said once by the screen reader, and shown nowhere else. */
  said = $state('');
  #listeners = new Set<(event: FeedEvent) => void>();
  #running: AbortController | undefined;
  #lastId = '';

  /** Called for each event, and with `again` when the connection came back. */
  listen(listener: (event: FeedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(): void {
    this.#running?.abort();
    this.#running = new AbortController();
    this.state = 'starting';
    void this.#run(this.#running.signal);
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#lastId = '';
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const began = performance.now();
      try {
        await this.#read(signal);
      } catch {
        // Whatever it was: below it is shown as a lost connection, and tried again.
      }
      if (signal.aborted || this.state === 'out') return;
      if (this.state !== 'lost') {
        this.state = 'lost';
        this.lostSinceMs = Date.now();
      }
      if (performance.now() - began > 10_000) failures = 0;
      await pause(WAITS_MS[Math.min(failures, WAITS_MS.length - 1)] ?? 10_000, signal);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), QUIET_MS);
    try {
      const response = await reach('events', {
        headers: { ...headers(), ...(this.#lastId === '' ? {} : { 'last-event-id': this.#lastId }) },
        signal: AbortSignal.any([signal, silence.signal]),
      });
      if (response.status === 401) {
        this.state = 'out';
        return;
      }
      if (!response.ok || response.body === null) return;
      const wasLost = this.state === 'lost';
      this.state = 'live';
      if (wasLost) this.#tell({ type: 'again' });
      let text = '';
      for await (const chunk of chunks(response.body)) {
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), QUIET_MS);
        text = this.#take(text + chunk);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Takes whole events out of the text; the rest waits for more. */
  #take(text: string): string {
    const events = text.split('\n\n');
    const rest = events.pop() ?? '';
    for (const event of events) {
      const fields = new Map(
        event.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const id = fields.get('id');
      const data = fields.get('data');
      if (id !== undefined) this.#lastId = id;
      if (data !== undefined) this.#tell(JSON.parse(data) as FeedEvent);
    }
    return rest.length > 100_000 ? '' : rest;
  }

  #tell(event: FeedEvent): void {
    if (event.type === 'alert' && !event.update) this.said = `New change: ${event.title}`;
    for (const listener of this.#listeners) listener(event);
  }
}

export const live = new Live();

async function* chunks(body: ReadableStream<BufferSource>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

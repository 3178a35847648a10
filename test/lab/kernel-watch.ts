/** Kernel events for a test: armed under a tag of its own, collected until they say what the test waits for. */

import { openClock } from '#host/clock.ts';
import { openFiles } from '#host/files.ts';
import { type KernelEventsOptions, openKernelEvents } from '#host/kernel-events.ts';
import { openProcesses, type ProcessTracker } from '#host/processes.ts';
import { openUsers } from '#host/users.ts';
import type { KernelEvent, KernelEvents } from '#model/host.ts';

export interface KernelWatch extends AsyncDisposable {
  readonly kernel: KernelEvents;
  readonly processes: ProcessTracker;
  /** All events so far. */
  readonly events: readonly KernelEvent[];
  /** Batches that came, the empty ones as well. */
  readonly batches: number;
  /** Resolves when `done` says so about the events so far; rejects after 20 s with how many there were. */
  until(done: (events: readonly KernelEvent[]) => boolean): Promise<void>;
}

let made = 0;

/** Arms events; eBPF only where the test names a cgroup of its own. */
export async function watchKernel(
  options: Partial<Pick<KernelEventsOptions, 'allow' | 'cgroup' | 'bufferKb'>> = {},
): Promise<KernelWatch> {
  made += 1;
  const files = openFiles();
  const clock = openClock();
  const source = { files, clock, userName: openUsers(files, clock) };
  const stop = new AbortController();
  const processes = openProcesses(source);
  const kernel = await openKernelEvents({
    source,
    processes,
    scope: 'all',
    tag: `test-${process.pid}-${made}`,
    signal: stop.signal,
    allow: options.cgroup === undefined ? ['tracefs'] : ['tracefs', 'eBPF'],
    ...options,
  });
  const events: KernelEvent[] = [];
  let batches = 0;
  let check = (): void => undefined;
  const reading = (async () => {
    for await (const batch of kernel.batches) {
      batches += 1;
      events.push(...batch);
      check();
    }
  })();
  return {
    kernel,
    processes,
    events,
    get batches() {
      return batches;
    },
    until: (done) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const kinds = Object.entries(Object.groupBy(events, ({ kind }) => kind)).map(
            ([kind, of]) => `${of.length} ${kind}`,
          );
          reject(new Error(`Waited in vain; there were ${kinds.join(', ') || 'no events'}`));
        }, 20_000);
        check = () => {
          if (!done(events)) return;
          clearTimeout(timer);
          resolve();
        };
        check();
      }),
    async [Symbol.asyncDispose]() {
      await kernel[Symbol.asyncDispose]();
      await reading;
    },
  };
}

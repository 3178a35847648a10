/** File events where there are none: a recorded host, or a kernel that refuses. Snapshots then are all there is. */

import type { FileEvent, FileEvents } from '#model/host.ts';
import { makeEventQueue } from './event-queue.ts';

/** A subscription that stays silent until `signal` aborts; `by` is "polling" and `gaps` say why. */
export function noFileEvents(gaps: FileEvents['gaps'], signal: AbortSignal): FileEvents {
  const queue = makeEventQueue<FileEvent>(1);
  const close = (): void => queue.end();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  return {
    batches: queue.batches,
    lost: () => 0,
    by: 'polling',
    gaps,
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', close);
      close();
      await Promise.resolve();
    },
  };
}

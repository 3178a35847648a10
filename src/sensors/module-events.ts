/** Hears of programs that load modules or take them out: see docs/sensors/module-events.md. */

import { type Host, isFailure, type KernelEvent } from '#model/host.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import { heardLoader } from './module-loaders.ts';

const TABLE = 'modules';
const LOADERS = /(?:^|\/)(?:kmod|insmod|modprobe|rmmod)$/;
/** Loaders that run at once; beyond it only the looks tell. */
const MAX_RUNNING = 256;

const moduleEvents: Listener = {
  name: 'module-events',
  doc: 'Modules that are loaded or taken out, and starts of insmod, modprobe and rmmod: a look follows at once.',
  table: TABLE,
  async listen(host, signal): Promise<Listening> {
    // A kernel without modules starts no loader that matters.
    if (isFailure(host.files.stat('/proc/modules'))) return silent(signal);
    const kernel = await host.kernelEvents(signal, ['exec', 'exit', 'module']);
    return {
      events: staleness(host, kernel.batches),
      lost: () => kernel.lost(),
      by: kernel.by,
      gaps: [],
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default moduleEvents;

async function* staleness(
  host: Host,
  batches: AsyncIterable<readonly KernelEvent[]>,
): AsyncGenerator<readonly SensorEvent[]> {
  const running = new Set<number>();
  for await (const batch of batches) {
    const timeMs = lastMove(host, batch, running);
    if (timeMs > 0) yield [{ timeMs, kind: 'stale', table: TABLE }];
    else if (batch.length === 0) yield [];
  }
}

/**
 * When a module came or went, or a loader began or ended; 0 for never. The module is in the list when its loader has
 * ended, and often before; a program of an intruder's own is told by the kernel alone.
 */
function lastMove(host: Host, batch: readonly KernelEvent[], running: Set<number>): number {
  let timeMs = 0;
  for (const event of batch) {
    const { kind, pid, filename = '', timeMs: atMs } = event;
    const began = kind === 'exec' && LOADERS.test(filename);
    const ended = kind === 'exit' && running.delete(pid);
    if (began && running.size < MAX_RUNNING) running.add(pid);
    if (began || kind === 'module') heardLoader(host, event.process);
    if (began || ended || kind === 'module') timeMs = atMs;
  }
  return timeMs;
}

function silent(signal: AbortSignal): Listening {
  return {
    events: silence(signal),
    lost: () => 0,
    by: '',
    gaps: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* silence(signal: AbortSignal): AsyncGenerator<readonly SensorEvent[]> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  yield [];
}

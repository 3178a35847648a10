/** Hears who mounts: see docs/sensors/mount-events.md. */

import type { Host, KernelEvent } from '#model/host.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import { heardMounter } from './mount-makers.ts';
import { mounts } from './mount-table.ts';

const mountEvents: Listener = {
  name: 'mount-events',
  doc: 'Calls of mount(), move_mount() and mount_setattr() that succeeded: who made them is told with the mount.',
  table: mounts.name,
  async listen(host, signal): Promise<Listening> {
    const kernel = await host.kernelEvents(signal, ['mount']);
    return {
      events: staleness(host, kernel.batches),
      lost: () => kernel.lost(),
      by: kernel.by.startsWith('tracefs') ? kernel.by : '',
      gaps: [],
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default mountEvents;

async function* staleness(
  host: Host,
  batches: AsyncIterable<readonly KernelEvent[]>,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) {
    const done = batch.findLast(({ kind }) => kind === 'mount');
    if (done !== undefined) heardMounter(host, done.process);
    yield done === undefined ? [] : [{ timeMs: done.timeMs, kind: 'stale', table: mounts.name }];
  }
}

/** Hears who mounts: see docs/sensors/mount-events.md. */

import { type Host, isFailure, type KernelEvent } from '#model/host.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import { heardMounter } from './mount-makers.ts';
import { mounts } from './mount-table.ts';

const PARENTS = 3;

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

/** In a container: what it mounts there nobody sees here. Who is gone by now was most likely where its parent is. */
function isElsewhere(host: Host, { process }: KernelEvent): boolean {
  if (process === undefined) return false;
  const theirs = [process, ...host.processes.parents(process.pid, PARENTS)]
    .map(({ pid }) => host.files.readlink(`/proc/${pid}/ns/mnt`))
    .find((link) => !isFailure(link));
  if (theirs === undefined) return false;
  return ['1', 'self'].every((name) => {
    const ours = host.files.readlink(`/proc/${name}/ns/mnt`);
    return !isFailure(ours) && ours !== theirs;
  });
}

async function* staleness(
  host: Host,
  batches: AsyncIterable<readonly KernelEvent[]>,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) {
    const done = batch.findLast((event) => event.kind === 'mount' && !isElsewhere(host, event));
    if (done !== undefined) heardMounter(host, done.process);
    yield done === undefined ? [] : [{ timeMs: done.timeMs, kind: 'stale', table: mounts.name }];
  }
}

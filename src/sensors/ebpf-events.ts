/** Hears of programs that bring eBPF into the kernel, or pin it: see docs/sensors/ebpf-events.md. */

import type { KernelEvent } from '#model/host.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import { ebpf } from './ebpf-table.ts';

/** The call has begun when the kernel tells; a large program is checked for this long before it is there. */
const AGAIN_MS = 700;

const ebpfEvents: Listener = {
  name: 'ebpf-events',
  doc: 'Calls of bpf() that load or pin a program: a look at the programs follows at once.',
  table: ebpf.name,
  async listen(host, signal): Promise<Listening> {
    const kernel = await host.kernelEvents(signal, ['kernel-code']);
    const heard = kernel.by.startsWith('tracefs');
    return {
      events: staleness(kernel.batches, (ms) => host.clock.sleep(ms, signal)),
      lost: () => kernel.lost(),
      by: heard ? kernel.by : 'polling',
      gaps: heard
        ? []
        : [{ what: 'eBPF programs as they are loaded', why: `${kernel.by} does not tell`, reduced: true }],
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default ebpfEvents;

async function* staleness(
  batches: AsyncIterable<readonly KernelEvent[]>,
  sleep: (ms: number) => Promise<void>,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) {
    const timeMs = batch.findLast(({ kind }) => kind === 'kernel-code')?.timeMs;
    if (timeMs === undefined) {
      yield [];
      continue;
    }
    yield [{ timeMs, kind: 'stale', table: ebpf.name }];
    await sleep(AGAIN_MS);
    yield [{ timeMs: timeMs + AGAIN_MS, kind: 'stale', table: ebpf.name }];
  }
}

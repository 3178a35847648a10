/** Hears of changes of the packet filter: see docs/sensors/firewall-generation.md. */

import type { Host } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';

const TABLE = 'firewall';
/** One request over netlink, some microseconds: twice a second is no load, and soon enough. */
const ASK_EVERY_MS = 500;
const NEVER_MS = 86_400_000;

const firewallGeneration: Listener = {
  name: 'firewall-generation',
  doc: 'Asks the kernel twice a second whether the rules of nf_tables were changed.',
  table: TABLE,
  listen(host, signal) {
    const stop = new AbortController();
    const ends = AbortSignal.any([signal, stop.signal]);
    const first = host.filter?.generation();
    const deaf =
      typeof first === 'number' || host.filter === undefined
        ? []
        : [{ what: 'changes of nf_tables', why: first?.error ?? '', reduced: true as const }];
    return Promise.resolve({
      events: changes(host, ends),
      lost: () => 0,
      by: 'the generation of nf_tables',
      gaps: deaf,
      [Symbol.asyncDispose]: () => {
        stop.abort();
        return Promise.resolve();
      },
    });
  },
};
export default firewallGeneration;

async function* changes({ filter, clock }: Host, signal: AbortSignal): AsyncGenerator<readonly SensorEvent[]> {
  let known = filter?.generation();
  while (!signal.aborted) {
    // Without a filter to ask there is nothing to wake up for.
    await clock.sleep(filter === undefined ? NEVER_MS : ASK_EVERY_MS, signal);
    if (signal.aborted || filter === undefined) continue;
    const now = filter.generation();
    const moved = typeof now === 'number' && now !== known;
    known = now;
    if (moved) yield [{ timeMs: clock.nowMs(), kind: 'stale', table: TABLE }];
  }
}

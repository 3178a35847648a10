/** Hears of changes of the packet filter: see docs/sensors/firewall-generation.md. */

import type { Host } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';

const TABLE = 'firewall';
/** One request over netlink, some microseconds: twice a second is no load, and soon enough. */
const ASK_EVERY_MS = 500;

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

async function* changes(host: Host, signal: AbortSignal): AsyncGenerator<readonly SensorEvent[]> {
  let known = host.filter?.generation();
  while (!signal.aborted) {
    await host.clock.sleep(ASK_EVERY_MS, signal);
    if (signal.aborted) return;
    const now = host.filter?.generation();
    const moved = typeof now === 'number' && now !== known;
    known = now;
    if (moved) yield [{ timeMs: host.clock.nowMs(), kind: 'stale', table: TABLE }];
  }
}

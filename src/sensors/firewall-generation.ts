/** Hears of changes of the packet filter: see docs/sensors/firewall-generation.md. */

import type { FileEvents, Host } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { WRAPPERS } from './firewall.ts';

const TABLE = 'firewall';
/** One request over netlink, some microseconds: twice a second is no load, and soon enough. */
const ASK_EVERY_MS = 500;
const NEVER_MS = 86_400_000;

const firewallGeneration: Listener = {
  name: 'firewall-generation',
  doc: 'Asks the kernel twice a second whether the rules of nf_tables were changed, and hears of hosts.allow and hosts.deny.',
  table: TABLE,
  async listen(host, signal) {
    const stop = new AbortController();
    const ends = AbortSignal.any([signal, stop.signal]);
    const first = host.filter?.generation();
    const deaf =
      typeof first === 'number' || host.filter === undefined
        ? []
        : [{ what: 'changes of nf_tables', why: first?.error ?? '', reduced: true as const }];
    const files = await host.fileEvents({ paths: () => WRAPPERS }, ends);
    return {
      events: changes(host, files, ends),
      // What is lost of files is told by those who hear by files alone.
      lost: () => 0,
      by: 'the generation of nf_tables',
      gaps: deaf,
      [Symbol.asyncDispose]: async () => {
        stop.abort();
        await files[Symbol.asyncDispose]();
      },
    };
  },
};
export default firewallGeneration;

async function* changes(
  { filter, clock }: Host,
  files: FileEvents,
  signal: AbortSignal,
): AsyncGenerator<readonly SensorEvent[]> {
  const batches = files.batches[Symbol.asyncIterator]();
  const stale = (): readonly SensorEvent[] => [{ timeMs: clock.nowMs(), kind: 'stale', table: TABLE }];
  let known = filter?.generation();
  let touched = batches.next();
  // Without a filter to ask there is nothing to wake up for.
  const wait = (): Promise<undefined> =>
    clock.sleep(filter === undefined ? NEVER_MS : ASK_EVERY_MS, signal).then(() => undefined);
  let due = wait();
  while (!signal.aborted) {
    const got = await Promise.race([touched, due]);
    if (signal.aborted) return;
    if (got === undefined) {
      due = wait();
      const now = filter?.generation();
      const moved = typeof now === 'number' && now !== known;
      known = now;
      if (moved) yield stale();
      continue;
    }
    if (got.done === true) touched = new Promise(() => undefined);
    else {
      touched = batches.next();
      yield stale();
    }
  }
}

/** Hears of changes of the packet filter: see docs/sensors/firewall-generation.md. */

import { Waker } from '#lib/waker.ts';
import type { FileEvents, Host } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { WRAPPERS } from './firewall.ts';
import { noteDoer } from './firewall-doer.ts';

const TABLE = 'firewall';
/** One request over netlink, some microseconds: twice a second is no load, and soon enough. */
const ASK_EVERY_MS = 500;
/** Where the kernel tells of changes by itself. */
const ASK_ANYWAY_MS = 5_000;
const NEVER_MS = 86_400_000;

const firewallGeneration: Listener = {
  name: 'firewall-generation',
  doc: 'The kernel tells of each change of nf_tables and who made it, else it is asked twice a second; and hears of hosts.allow and hosts.deny.',
  table: TABLE,
  async listen(host, signal) {
    const stop = new AbortController();
    const ends = AbortSignal.any([signal, stop.signal]);
    const first = host.filter?.generation();
    const deaf =
      typeof first === 'number' || host.filter === undefined
        ? []
        : [{ what: 'changes of nf_tables', why: first?.error ?? '', reduced: true as const }];
    const waker = new Waker();
    const heard = { changed: false };
    const refused = host.filter?.changes?.((by) => {
      noteDoer(host, by);
      heard.changed = true;
      waker.wake();
    }, ends);
    const everyMs = host.filter?.changes !== undefined && refused === undefined ? ASK_ANYWAY_MS : ASK_EVERY_MS;
    const files = await host.fileEvents({ paths: () => WRAPPERS }, ends);
    return {
      events: changes(host, files, { waker, heard, everyMs, signal: ends }),
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

interface Rhythm {
  readonly waker: Waker;
  readonly heard: { changed: boolean };
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

async function* changes(
  { filter, clock }: Host,
  files: FileEvents,
  { waker, heard, everyMs, signal }: Rhythm,
): AsyncGenerator<readonly SensorEvent[]> {
  const batches = files.batches[Symbol.asyncIterator]();
  const stale = (): readonly SensorEvent[] => [{ timeMs: clock.nowMs(), kind: 'stale', table: TABLE }];
  let known = filter?.generation();
  let touched = batches.next();
  // Without a filter to ask there is nothing to wake up for.
  const wait = (): Promise<undefined> =>
    waker
      .wait(filter === undefined ? NEVER_MS : everyMs, signal, (ms, stop) => clock.sleep(ms, stop))
      .then(() => undefined);
  let due = wait();
  while (!signal.aborted) {
    const got = await Promise.race([touched, due]);
    if (signal.aborted) return;
    if (got === undefined) {
      due = wait();
      const now = filter?.generation();
      const moved = heard.changed || (typeof now === 'number' && now !== known);
      heard.changed = false;
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

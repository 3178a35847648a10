/** Listener of a table that the kernel only says "look again" of: mounts, devices. */

import type { Host } from '#model/host.ts';
import type { StirringOf } from '#model/kernel.ts';
import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';

/** What is heard, and for which table. */
export interface StirsOf {
  readonly name: string;
  readonly doc: string;
  readonly table: string;
  readonly of: StirringOf;
  /** By what it hears, as "mountinfo". */
  readonly by: string;
}

/** Declares it. On a recorded host nothing stirs; where the kernel refuses, the looks are all there is. */
export function hearStirrings({ name, doc, table, of, by }: StirsOf): Listener {
  return {
    name,
    doc,
    table,
    async listen(host, signal): Promise<Listening> {
      const heard = host.kernel?.stirrings(of, signal);
      const deaf = heard === undefined ? 'a recorded host does not stir' : heard.deaf;
      return {
        events: heard === undefined || heard.deaf !== undefined ? silence(signal) : staleness(host, heard.times, table),
        lost: () => 0,
        by: deaf === undefined ? by : 'polling',
        gaps: deaf === undefined ? [] : [{ what: name, why: deaf, reduced: true }],
        async [Symbol.asyncDispose]() {
          await heard?.[Symbol.asyncDispose]();
        },
      };
    },
  };
}

async function* staleness(
  host: Pick<Host, 'clock'>,
  times: AsyncIterable<unknown>,
  table: string,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const _ of times) yield [{ timeMs: host.clock.nowMs(), kind: 'stale', table }];
}

/** Says nothing until it is stopped: an end would be taken for a failure. */
async function* silence(signal: AbortSignal): AsyncGenerator<readonly SensorEvent[]> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  yield [];
}

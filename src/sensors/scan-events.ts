/** Hears packets and tells of scans at once: see docs/sensors/scan-events.md. */

import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import { Batches } from './scans/batches.ts';
import { scanWatchOf } from './scans/scan-watch.ts';

const TABLE = 'scans';

const scanEvents: Listener = {
  name: 'scan-events',
  doc: 'Packets that may be probes, as the kernel filters them, judged as they come.',
  table: TABLE,
  async listen(host, signal): Promise<Listening> {
    const batches = new Batches<SensorEvent>();
    const watch = scanWatchOf(host);
    if (watch === undefined) {
      // Switched off: silent until the end.
      signal.addEventListener('abort', () => batches.end(), { once: true });
      if (signal.aborted) batches.end();
      return { events: batches, lost: () => 0, by: '', gaps: [], [Symbol.asyncDispose]: async () => batches.end() };
    }
    const stop = new AbortController();
    const end = (): void => stop.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const packets = await watch.listen(
      {
        opened: (row, timeMs) => batches.push({ timeMs, kind: 'appeared', table: TABLE, row }),
        stale: () => batches.push({ timeMs: host.clock.nowMs(), kind: 'stale', table: TABLE }),
      },
      stop.signal,
    );
    const running = watch.run(stop.signal).finally(() => batches.end());
    return {
      events: batches,
      lost: () => watch.lost,
      by: packets.by,
      gaps: packets.gaps,
      async [Symbol.asyncDispose]() {
        signal.removeEventListener('abort', end);
        end();
        await packets[Symbol.asyncDispose]();
        await running;
      },
    };
  },
};
export default scanEvents;

/** Watches who probes this host, and whom it probes: see docs/sensors/scans.md. */

import type { Host } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import type { Row } from '#model/table.ts';
import type { ShownScan } from '#model/verbs.ts';
import { type ScanRow, scans } from './scan-table.ts';
import { scanWatchOf } from './scans/scan-watch.ts';

export { type ScanRow, scans } from './scan-table.ts';

/** Rows come from the listener of this table, which hears packets; a look only asks what goes on. */
export default defineSensor<ScanRow>({
  name: 'scans',
  doc: 'Tells of scans that go on: by what came in, what we answered and what nobody asked for.',
  everyMs: 30_000,
  table: scans,
  async look(host, signal) {
    const watch = scanWatchOf(host);
    if (watch?.packets === undefined) {
      const why = watch === undefined ? 'switched off, or this host was recorded' : 'only the daemon hears packets';
      return { rows: [], gaps: [{ what: 'packets', why, reduced: true }], by: '' };
    }
    const { packets } = watch;
    await watch.lookAtLogins(signal);
    return { rows: watch.rows(host.clock.nowMs()), gaps: watch.gaps, by: packets.by };
  },
});

/** Newest probes of the scan that a row tells of; empty where there is none. */
export function dotsOfScan(host: Host, row: Row): ShownScan['dots'] {
  return scanWatchOf(host)?.dots(row) ?? [];
}

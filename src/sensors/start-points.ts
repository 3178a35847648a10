/** Watches everything that starts programs without being asked: see docs/sensors/start-points.md. */

import type { Host } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { type StartPointRow, startPoints } from './start-point-table.ts';
import { families } from './start-points/families.ts';
import { type Memo, newMemo, Reading } from './start-points/reading.ts';
import { rowsOf } from './start-points/rows.ts';

export { type StartPointRow, startPoints } from './start-point-table.ts';

const memos = new WeakMap<Host, Memo>();

export default defineSensor<StartPointRow>({
  name: 'start-points',
  doc: 'Reads the files of cron, at, systemd, init, udev, shells, packages and interpreters that start programs.',
  everyMs: 60_000,
  table: startPoints,
  async look(host, signal) {
    const memo = memos.get(host) ?? newMemo();
    memos.set(host, memo);
    const reading = new Reading(host, memo);
    for (const family of families) {
      family.read(reading);
      // The first look reads a thousand files: others get their turn in between.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
    const rows = rowsOf(reading, memo);
    reading.end();
    return { rows, gaps: reading.gaps, by: 'files' };
  },
});

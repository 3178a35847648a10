/** Watches everything that starts programs without being asked: see docs/sensors/start-points.md. */

import { setImmediate } from 'node:timers/promises';
import type { Gap } from '#model/gap.ts';
import { defineSensor } from '#model/sensor.ts';
import { type StartPointRow, startPoints } from './start-point-table.ts';
import { families } from './start-points/families.ts';
import type { Family } from './start-points/family.ts';
import { type Memo, memoOf } from './start-points/memo.ts';
import { Reading } from './start-points/reading.ts';
import { MAX_ROWS, rowsOf } from './start-points/rows.ts';

export { type StartPointRow, startPoints } from './start-point-table.ts';

const EVERY_MS = 60_000;
/** Others get their turn after this much work. */
const SLICE_MS = 25;

export default defineSensor<StartPointRow>({
  name: 'start-points',
  doc: 'Reads the files of cron, at, systemd, init, udev, shells, packages and interpreters that start programs.',
  everyMs: EVERY_MS,
  looksAtHeard: true,
  table: startPoints,
  async look(host, signal) {
    const memo = memoOf(host);
    const due = takeDue(memo, host.clock.monotonicMs());
    const reading = new Reading(host, memo);
    let sinceMs = performance.now();
    for (const family of due) {
      memo.touched.delete(family.name);
      const kept = reading.begin(memo.families.get(family.name));
      family.read(reading);
      memo.families.set(family.name, { ...kept, rows: rowsOf(reading, kept), gaps: [...reading.gaps] });
      if (performance.now() - sinceMs < SLICE_MS) continue;
      await setImmediate();
      signal.throwIfAborted();
      sinceMs = performance.now();
    }
    return { ...everything(memo), by: 'files' };
  },
});

/** Those that were touched; all of them when nothing says which, and once a minute. */
function takeDue(memo: Memo, nowMs: number): readonly Family[] {
  const all = memo.readAll || memo.touched.size === 0 || nowMs - memo.readAllMs >= EVERY_MS;
  if (!all) return families.filter(({ name }) => memo.touched.has(name));
  memo.readAll = false;
  memo.readAllMs = nowMs;
  return families;
}

function everything({ families: kept }: Memo): { rows: readonly StartPointRow[]; gaps: readonly Gap[] } {
  const rows = [...kept.values()].flatMap((family) => family.rows);
  const gaps = [...kept.values()].flatMap((family) => family.gaps);
  if (rows.length <= MAX_ROWS) return { rows, gaps };
  const bound = { what: 'start points', why: `more than ${MAX_ROWS}: the rest is not compared` };
  return { rows: rows.slice(0, MAX_ROWS), gaps: [...gaps, bound] };
}

/** Watches which programs run here: see docs/sensors/programs.md. */

import { setImmediate as breathe } from 'node:timers/promises';
import { defineSensor } from '#model/sensor.ts';
import { keyOf } from '#model/table.ts';
import { ancestorsOf, isWatched, scanProcesses } from './process-scan.ts';
import { programMemoryOf } from './program-memory.ts';
import { mergePrograms, programRow } from './program-row.ts';
import { type ProgramRow, programs } from './program-table.ts';

export { type ProgramRow, programs } from './program-table.ts';

const SLICE = 16;
const keyOfRow = (row: ProgramRow): string => keyOf(row, programs.key);

/** Processes that do not tell what they run, and those of the kernel, are no program. */
export default defineSensor<ProgramRow>({
  name: 'programs',
  doc: 'Reads every process of /proc, and remembers for a day what ran.',
  everyMs: 60_000,
  table: programs,
  async look(host, signal) {
    const scan = await scanProcesses(host, 'changed');
    const rows: ProgramRow[] = [];
    let asked = 0;
    for (const process of scan.processes.values()) {
      if (process.exe === '' || process.ending || !isWatched(host, process)) continue;
      asked += 1;
      if (asked % SLICE === 0) {
        await breathe();
        signal.throwIfAborted();
      }
      rows.push(programRow(host, process, ancestorsOf(scan, process), { verify: true }));
    }
    const merged = mergePrograms(rows, keyOfRow);
    const memory = programMemoryOf(host);
    const running = new Set(merged.map(keyOfRow));
    for (const row of merged) if (!host.own.has(row.pid)) memory.note(row);
    return { rows: [...merged, ...memory.ended(running, host.clock.nowMs())], gaps: scan.gaps, by: '/proc' };
  },
});

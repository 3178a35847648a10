/** Looks for programs that take a processor for hours, and for what this host is short of. */

import type { Host } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { ancestorsOf, isWatched, type Running, scanProcesses } from './process-scan.ts';
import { filesRunningOut } from './resource-files.ts';
import { type Busy, resourceMemoryOf } from './resource-memory.ts';
import { hostTrouble, programTrouble } from './resource-row.ts';
import { shortagesOf, startsSoFar } from './resource-shortage.ts';
import { isSuspect, type ResourceRow, resourceTroubles } from './resource-table.ts';

export { type ResourceRow, resourceTroubles } from './resource-table.ts';

/** Share of one processor that counts as busy, and for how long without a pause. */
const BUSY_SHARE = 0.9;
const BUSY_MS = 60 * 60_000;
/** Nothing that is installed lies there, and no build or backup of a service's user: miners do. */
const SUSPECT_MS = 10 * 60_000;
const TICK_MS = 10;

/** What the kernel does not tell (no /proc/pressure) is no shortage. */
export default defineSensor<ResourceRow>({
  name: 'resource-troubles',
  doc: 'Reads processor time of each process, /proc/pressure and the limits of the kernel.',
  everyMs: 60_000,
  table: resourceTroubles,
  async look(host) {
    const scan = await scanProcesses(host);
    const memory = resourceMemoryOf(host);
    const rows: ResourceRow[] = [];
    const busy = new Map<string, Busy>();
    for (const process of scan.processes.values()) {
      if (process.exe === '' || !isWatched(host, process)) continue;
      const shortOfFiles = filesRunningOut(host, process.pid);
      if (shortOfFiles !== undefined) {
        const trouble = { kind: 'files', what: 'files', detail: shortOfFiles, grave: false };
        rows.push(programTrouble(host, process, ancestorsOf(scan, process), trouble));
      }
      const name = `${process.pid} ${process.startTicks}`;
      const now = busyNow(host, process, memory.busy.get(name));
      busy.set(name, now);
      const busyMs = now.atMs - (now.sinceMs ?? now.atMs);
      if (busyMs < SUSPECT_MS) continue;
      const detail = `at least ${BUSY_SHARE * 100} % of a processor for ${Math.floor(busyMs / 60_000)} min`;
      const trouble = { kind: 'busy', what: 'processor', detail, grave: false };
      const row = programTrouble(host, process, ancestorsOf(scan, process), trouble);
      if (busyMs >= BUSY_MS || isSuspect(row)) rows.push(row);
    }
    memory.busy = busy;
    if (host.scope === 'all')
      for (const { what, detail, grave } of shortagesOf(host, startsPerSecond(host)))
        rows.push(hostTrouble(host, { kind: 'short', what, detail, grave }));
    return { rows: [...oneEach(rows), ...memory.rows(host.clock.nowMs())], gaps: [], by: '/proc' };
  },
});

function busyNow(host: Host, process: Running, before: Busy | undefined): Busy {
  const atMs = host.clock.monotonicMs();
  const { cpuTicks } = process.stat;
  if (before === undefined || atMs <= before.atMs) return { cpuTicks, atMs, sinceMs: undefined };
  const share = ((cpuTicks - before.cpuTicks) * TICK_MS) / (atMs - before.atMs);
  return { cpuTicks, atMs, sinceMs: share < BUSY_SHARE ? undefined : (before.sinceMs ?? before.atMs) };
}

function startsPerSecond(host: Host): number | undefined {
  const memory = resourceMemoryOf(host);
  const count = startsSoFar(host);
  const atMs = host.clock.monotonicMs();
  const before = memory.starts;
  memory.starts = count === undefined ? undefined : { count, atMs };
  if (count === undefined || before === undefined || atMs - before.atMs < 1000) return undefined;
  return ((count - before.count) * 1000) / (atMs - before.atMs);
}

/** Several processes of one program are one row. */
function oneEach(rows: readonly ResourceRow[]): ResourceRow[] {
  const found = new Map<string, ResourceRow>();
  for (const row of rows) {
    const key = [row.kind, row.what, row.exe, row.script, row.user, row.from].join('\0');
    const other = found.get(key);
    found.set(key, other === undefined ? row : { ...other, count: other.count + row.count });
  }
  return [...found.values()];
}

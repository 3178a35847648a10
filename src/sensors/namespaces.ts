/** The table `namespaces`: who lives apart from this host, and how far. See docs/sensors/namespaces.md. */

import { setImmediate as breathe } from 'node:timers/promises';
import { defineSensor } from '#model/sensor.ts';
import { keyOf } from '#model/table.ts';
import { type Group, homeOf, namespaceRow, placeIn } from './namespace-groups.ts';
import { namespaceMemoryOf } from './namespace-memory.ts';
import { type NamespaceRow, namespaces } from './namespace-table.ts';
import { ancestorsOf, isWatched, scanProcesses } from './process-scan.ts';

export { type NamespaceRow, namespaces } from './namespace-table.ts';

const SLICE = 32;
/** Groups of a host of containers; the rest is a gap. */
const MAX_GROUPS = 2000;

export default defineSensor<NamespaceRow>({
  name: 'namespaces',
  doc: 'Reads the namespaces of each process, and the mounts and capabilities of those in others than ours.',
  everyMs: 60_000,
  table: namespaces,
  async look(host, signal) {
    // A recorded host has no namespaces but those that were written down with it.
    if (host.kernel === undefined) return { rows: [], gaps: [], by: 'not asked' };
    const home = homeOf(host);
    if (home === undefined) return { rows: [], gaps: [{ what: '/proc/self/ns', why: 'cannot be read' }], by: '/proc' };
    const scan = await scanProcesses(host, 'changed');
    const memory = namespaceMemoryOf(host);
    const groups = new Map<string, Group>();
    let asked = 0;
    for (const process of scan.processes.values()) {
      asked += 1;
      if (asked % SLICE === 0) await breathe();
      signal.throwIfAborted();
      if (process.exe !== '' && !process.ending && isWatched(host, process)) placeIn(groups, host, process, home);
    }
    const looked = [...groups].slice(0, MAX_GROUPS);
    const rows = oneEach(
      looked.map(([, group]) =>
        memory.named(
          namespaceRow(host, group, (one) => ancestorsOf(scan, one)),
          group,
        ),
      ),
    );
    memory.looked(groups);
    const keys = new Set(rows.map((row) => keyOf(row, namespaces.key)));
    const shown = memory.shown(host.clock.monotonicMs()).filter((row) => !keys.has(keyOf(row, namespaces.key)));
    const gaps =
      groups.size > MAX_GROUPS
        ? [{ what: 'namespaces', why: `only ${MAX_GROUPS} of ${groups.size} are looked at` }]
        : [];
    return { rows: [...rows, ...shown], gaps: [...gaps, ...scan.gaps], by: '/proc' };
  },
});

/** Several groups of one identity (ten workers, each with its own) are one row. */
function oneEach(rows: readonly NamespaceRow[]): NamespaceRow[] {
  const found = new Map<string, NamespaceRow>();
  for (const row of rows) {
    const key = [row.kinds, row.exe, row.user, row.from].join('\0');
    const other = found.get(key);
    const reach = [...new Set([...(other?.reach ?? []), ...row.reach])].sort();
    found.set(key, other === undefined ? row : { ...other, count: other.count + row.count, reach });
  }
  return [...found.values()];
}

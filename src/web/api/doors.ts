/** Open doors: what of the sockets can be reached over the network, in few lines. */

import type { MarkedRow } from '#model/verbs.ts';
import { cellText } from './alerts.ts';
import type { DoorView } from './shapes.ts';

const PORTS_SHOWN = 4;
const ORDER: Readonly<Record<string, number>> = { all: 0, 'cannot tell': 1, filtered: 2, local: 3 };

/** Doors by program, protocol and reach; new ones first, then from the widest reach to the narrowest. */
export function doorsOf(rows: readonly MarkedRow[]): readonly DoorView[] {
  const groups = new Map<string, { readonly door: DoorView; readonly protocol: string; readonly ports: Set<number> }>();
  for (const marked of rows) {
    const { row } = marked;
    const protocol = cellText(row['protocol']);
    const family = row['family'];
    if ((family !== 'inet' && family !== 'inet6') || !['tcp', 'udp'].includes(protocol)) continue;
    const door: DoorView = {
      door: '',
      program: programOf(marked),
      reach: reachOf(cellText(row['exposure'])),
      isNew: marked.mark === 'new',
    };
    const key = JSON.stringify([protocol, door]);
    const group = groups.get(key) ?? { door, protocol, ports: new Set<number>() };
    group.ports.add(Number(row['port']));
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ door: { program, reach, isNew }, protocol, ports }) => ({
      door: doorWords(protocol, ports),
      program,
      reach,
      isNew,
    }))
    .sort(
      (a, b) =>
        Number(b.isNew) - Number(a.isNew) ||
        order(a) - order(b) ||
        a.door.localeCompare(b.door, 'en', { numeric: true }),
    );
}

function order(door: DoorView): number {
  return ORDER[door.reach] ?? 1;
}

function programOf({ row, mark }: MarkedRow): string {
  if (mark === 'ours') return 'telltale';
  const exe = cellText(row['exe']);
  const name = exe.slice(exe.lastIndexOf('/') + 1) || cellText(row['program']) || 'unknown';
  const namespace = cellText(row['namespace']);
  return namespace === '' || namespace === 'host' ? name : `${name} in ${namespace}`;
}

function reachOf(exposure: string): string {
  return exposure === 'open' ? 'all' : exposure || 'cannot tell';
}

/** "tcp 80, 443", "tcp 1000, 1001, 1002, 1003 and 96 more". */
function doorWords(protocol: string, ports: ReadonlySet<number>): string {
  const sorted = [...ports].sort((a, b) => a - b);
  const more = sorted.length > PORTS_SHOWN ? ` and ${sorted.length - PORTS_SHOWN} more` : '';
  return `${protocol} ${sorted.slice(0, PORTS_SHOWN).join(', ')}${more}`;
}

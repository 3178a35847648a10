/** A mount covers a system folder, a process or a file of the kernel's. See docs/rules/mount-over-system-path.md. */

import { defineRule } from '#model/sensor.ts';
import { type MountRow, mounts } from '#sensors/mount-table.ts';
import { overCron, overProcess, srv } from './mount-rows.ts';
import { aboutMount, shownPath, whatIsMounted } from './mount-words.ts';

const PROCESS = /^\/proc\/\d+(?:\/|$)/;

export default defineRule<MountRow>({
  id: 'mount-over-system-path',
  doc: 'A mount covers a system folder, a process below /proc, or a file by which the kernel tells of itself.',
  on: 'mounts',
  table: mounts,
  attack: ['T1564.013', 'T1036', 'T1014'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed') return undefined;
    const row = change.after;
    if (row.kind !== 'mount' || row.over === '') return undefined;
    if (change.type === 'changed' && change.before.layers >= row.layers) return undefined;
    if (PROCESS.test(row.over))
      return {
        ...aboutMount(row),
        severity: 'critical',
        dangerous: true,
        title: `${shownPath(row.point)} is covered by ${whatIsMounted(row)}: the process below it is hidden`,
        why: 'ps, top and every other tool read /proc; a mount over the folder of a process makes it vanish from all of them. Nothing on an honest host does this.',
      };
    if (known || learning) return undefined;
    const planned = row.inFstab && change.type === 'added';
    return {
      ...aboutMount(row),
      severity: planned ? 'low' : 'high',
      title: `${shownPath(row.point)} is covered by ${whatIsMounted(row)}`,
      why: planned
        ? 'fstab names this place, but it was not mounted when the watch learned what is normal.'
        : 'Programs and services trust what lies there. Whoever covers it decides what they find, and the real files stay untouched on the disk: no integrity check of them would tell.',
    };
  },
  samples: [
    { name: 'a process is hidden', judgement: { change: { type: 'added', after: overProcess } }, expect: 'critical' },
    {
      name: 'a process is hidden at the first look',
      judgement: { change: { type: 'added', after: overProcess }, learning: true },
      expect: 'critical',
    },
    { name: 'tmpfs over cron.d', judgement: { change: { type: 'added', after: overCron } }, expect: 'high' },
    {
      name: 'once more over what was normal',
      judgement: { change: { type: 'changed', before: overCron, after: { ...overCron, layers: 2 } } },
      expect: 'high',
    },
    {
      name: '/boot, which fstab names',
      judgement: { change: { type: 'added', after: { ...srv, point: '/boot', over: '/boot' } } },
      expect: 'low',
    },
    {
      name: '/boot at the first look',
      judgement: { change: { type: 'added', after: { ...srv, point: '/boot', over: '/boot' } }, learning: true },
      expect: undefined,
    },
    { name: 'no system folder', judgement: { change: { type: 'added', after: srv } }, expect: undefined },
    {
      name: 'other rights',
      judgement: { change: { type: 'changed', before: overCron, after: { ...overCron, allows: ['write'] } } },
      expect: undefined,
    },
  ],
});

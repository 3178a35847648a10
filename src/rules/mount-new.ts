/** Something was mounted that is not in the baseline. See docs/rules/mount-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type MountRow, mounts } from '#sensors/mount-table.ts';
import { overCron, srv, stick } from './mount-rows.ts';
import { aboutMount, isBind, isRemote, shownPath, whatIsMounted } from './mount-words.ts';

export default defineRule<MountRow>({
  id: 'mount-new',
  doc: 'A file system was mounted that is not in the baseline.',
  on: 'mounts',
  table: mounts,
  attack: ['T1564', 'T1091'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    if (row.kind !== 'mount' || row.over !== '') return undefined;
    const { severity, why } = weigh(row);
    return { ...aboutMount(row), severity, title: `Mounted at ${shownPath(row.point)}: ${whatIsMounted(row)}`, why };
  },
  samples: [
    { name: 'a stick', judgement: { change: { type: 'added', after: stick } }, expect: 'medium' },
    {
      name: 'files of another machine',
      judgement: { change: { type: 'added', after: { ...stick, type: 'nfs4', source: 'nas:/x' } } },
      expect: 'medium',
    },
    { name: 'a disk that fstab names', judgement: { change: { type: 'added', after: srv } }, expect: 'info' },
    {
      name: 'a folder bound to another place',
      judgement: { change: { type: 'added', after: { ...srv, part: '/home/x', inFstab: false } } },
      expect: 'low',
    },
    {
      name: 'in our own sandbox',
      judgement: { change: { type: 'added', after: { ...stick, view: 'own' } } },
      expect: 'info',
    },
    { name: 'known', judgement: { change: { type: 'added', after: stick }, known: true }, expect: undefined },
    {
      name: 'over a system folder: another rule tells',
      judgement: { change: { type: 'added', after: overCron } },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: stick }, learning: true },
      expect: undefined,
    },
  ],
});

function weigh(row: MountRow): { readonly severity: 'info' | 'low' | 'medium'; readonly why: string } {
  if (row.view === 'own')
    return {
      severity: 'info',
      why: 'Only Telltale itself sees it: its sandbox was changed, or somebody entered it to show us something else.',
    };
  if (row.inFstab)
    return { severity: 'info', why: 'fstab names this place; it is told so that every change of the tree is known.' };
  if (isRemote(row))
    return { severity: 'medium', why: 'What lies there is what the other machine says, and can change at any time.' };
  const runs = row.allows.includes('run programs') && row.allows.includes('setuid');
  if (!isBind(row) && row.source.startsWith('/dev/') && runs)
    return {
      severity: 'medium',
      why: 'Programs on it may be run, and those with the setuid bit run as root whoever starts them. Was a disk or stick put in, and by whom?',
    };
  return {
    severity: 'low',
    why: 'What was in this place before is covered for as long as it stands. Services and administrators do this; so does who hides something.',
  };
}

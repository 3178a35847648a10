/** Libraries are looked for in another folder. See docs/rules/loader-path-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type LoaderRow, loader } from '#sensors/loader.ts';
import { aboutLoader, folder, isOpenPlace, planted, shownPath } from './loader-words.ts';

export default defineRule<LoaderRow>({
  id: 'loader-path-new',
  doc: 'ld.so.conf or the cache of the loader names a folder that is not in the baseline, or others may write one.',
  on: 'loader',
  table: loader,
  attack: ['T1574.006'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || !change.after.kind.endsWith('folder')) return undefined;
    const row = change.after;
    const everyone = isEveryones(row);
    if (learning && !everyone) return undefined;
    if (change.type === 'changed' && (change.before.trouble === row.trouble || row.trouble === '')) return undefined;
    const open = isOpenPlace(row);
    return {
      ...aboutLoader(row),
      severity: everyone ? 'high' : open ? 'medium' : 'low',
      dangerous: everyone,
      title: titleOf(row, open),
      why: `A library there stands in for one of the same name that is found later${row.trouble === '' ? '' : ` (${shownPath(row.trouble)})`}. The order is that of ld.so.conf; what ldconfig found is in the cache.`,
    };
  },
  samples: [
    { name: 'a folder of a package', judgement: { change: { type: 'added', after: folder } }, expect: 'low' },
    {
      name: 'below /tmp, in the first look',
      judgement: { change: { type: 'added', after: { ...folder, path: '/tmp/lib' } }, learning: true },
      expect: 'high',
    },
    {
      name: 'a folder of a user in the cache',
      judgement: { change: { type: 'added', after: { ...folder, kind: 'cached folder', path: '/home/bob/lib' } } },
      expect: 'medium',
    },
    {
      name: 'it was opened',
      judgement: {
        change: { type: 'changed', before: folder, after: { ...folder, trouble: 'everyone may write it' } },
      },
      expect: 'high',
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: folder }, learning: true },
      expect: undefined,
    },
    { name: 'a library', judgement: { change: { type: 'added', after: planted } }, expect: undefined },
  ],
});

function isEveryones(row: LoaderRow): boolean {
  return row.trouble.startsWith('everyone') || /^\/(?:tmp|var\/tmp|dev\/shm)(?:\/|$)/.test(row.path);
}

function titleOf(row: LoaderRow, open: boolean): string {
  if (open) return `Programs take libraries from ${shownPath(row.path)}, where others than root may put them`;
  return `Programs now take libraries from ${shownPath(row.path)}, by ${row.kind === 'folder' ? 'ld.so.conf' : 'the cache of the loader'}`;
}

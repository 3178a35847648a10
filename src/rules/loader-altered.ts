/** The loader or the C library is another file. See docs/rules/loader-altered.md. */

import { defineRule } from '#model/sensor.ts';
import { type LoaderRow, loader } from '#sensors/loader.ts';
import { aboutLoader, isSameFile, libc, planted, shownPath } from './loader-words.ts';

export default defineRule<LoaderRow>({
  id: 'loader-altered',
  doc: 'The dynamic loader or the C library is not what its package shipped, or was exchanged.',
  on: 'loader',
  table: loader,
  attack: ['T1574.006', 'T1554'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || change.after.kind !== 'library') return undefined;
    if (isSameFile(change)) return undefined;
    const row = change.after;
    if (row.state === 'altered') return altered(row);
    // What a package ships is the business of the package run; another loader beside it is looked at once.
    return row.state === 'packaged' || learning ? undefined : unvouched(row, change.type === 'added');
  },
  samples: [
    {
      name: 'exchanged',
      judgement: { change: { type: 'changed', before: libc, after: { ...libc, content: 'ff', state: 'altered' } } },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: { ...libc, state: 'altered' } }, learning: true },
      expect: 'critical',
    },
    {
      name: 'a further loader',
      judgement: { change: { type: 'added', after: { ...libc, state: 'unpackaged' } } },
      expect: 'high',
    },
    {
      name: 'upgraded',
      judgement: { change: { type: 'changed', before: libc, after: { ...libc, content: 'ff' } } },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: libc }, learning: true },
      expect: undefined,
    },
    { name: 'a preload', judgement: { change: { type: 'added', after: planted } }, expect: undefined },
  ],
});

const why =
  'Every program begins in this file. Code in it runs as everybody, and can show the whole system as it wants to be seen: look from another system.';

function altered(row: LoaderRow) {
  const title = `${shownPath(row.path)} is not what package ${shownPath(row.package, 60)} shipped`;
  return { ...aboutLoader(row), severity: 'critical' as const, dangerous: true, title, why };
}

function unvouched(row: LoaderRow, added: boolean) {
  const title = `${shownPath(row.path)} was ${added ? 'added' : 'exchanged'}, and no package vouches for it`;
  return { ...aboutLoader(row), severity: 'high' as const, title, why };
}

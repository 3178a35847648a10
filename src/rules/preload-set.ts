/** A library is loaded into every program. See docs/rules/preload-set.md. */

import { defineRule } from '#model/sensor.ts';
import { type LoaderRow, loader } from '#sensors/loader.ts';
import { aboutLoader, isOpenPlace, libc, planted, shownPath } from './loader-words.ts';

export default defineRule<LoaderRow>({
  id: 'preload-set',
  doc: 'ld.so.preload names a library that is not in the baseline, or the library that it names changed.',
  on: 'loader',
  table: loader,
  attack: ['T1574.006'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || change.after.kind !== 'preload') return undefined;
    const row = change.after;
    const packaged = row.state === 'packaged' && !isOpenPlace(row);
    if (packaged && learning) return undefined;
    const about = aboutLoader(row);
    return {
      ...about,
      severity: packaged ? 'medium' : row.state === 'missing' ? 'high' : 'critical',
      dangerous: !packaged,
      title: titleOf(row, change.type === 'changed'),
      why: whyOf(row),
      facts: { ...about.facts, ...(change.type === 'changed' && { contentBefore: change.before.content }) },
    };
  },
  samples: [
    { name: 'a planted one', judgement: { change: { type: 'added', after: planted } }, expect: 'critical' },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: planted }, learning: true },
      expect: 'critical',
    },
    {
      name: 'a packaged one',
      judgement: { change: { type: 'added', after: { ...planted, state: 'packaged', package: 'libgamemode' } } },
      expect: 'medium',
    },
    {
      name: 'one that is not there',
      judgement: { change: { type: 'added', after: { ...planted, state: 'missing' } } },
      expect: 'high',
    },
    {
      name: 'its content changed',
      judgement: { change: { type: 'changed', before: planted, after: { ...planted, content: 'ff' } } },
      expect: 'critical',
    },
    { name: 'it is known', judgement: { change: { type: 'added', after: planted }, known: true }, expect: undefined },
    { name: 'the C library', judgement: { change: { type: 'added', after: libc } }, expect: undefined },
    {
      name: 'a packaged one, in the first look',
      judgement: { change: { type: 'added', after: { ...planted, state: 'packaged' } }, learning: true },
      expect: undefined,
    },
  ],
});

function titleOf(row: LoaderRow, changed: boolean): string {
  const path = shownPath(row.path);
  if (!changed) return `The library ${path} is loaded into every program that starts now`;
  return `The library ${path}, which every program loads, is ${row.state === 'missing' ? 'gone' : 'another file now'}`;
}

function whyOf(row: LoaderRow): string {
  const what =
    'Its code runs in every program, those of root and sshd as well, and can hide files, processes and ports from all of them: ls, ps and ss can no longer be trusted.';
  if (row.state === 'missing') return `${what} The file is not there now: whoever can put it there decides what runs.`;
  if (row.trouble !== '') return `${what} Others than root may exchange it: ${shownPath(row.trouble)}.`;
  return row.state === 'packaged'
    ? `${what} Package ${shownPath(row.package, 60)} ships it.`
    : `${what} No package vouches for it.`;
}

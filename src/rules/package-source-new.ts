/** Packages may come from somewhere else now. See docs/rules/package-source-new.md. */

import { defineRule, type Judgement } from '#model/sensor.ts';
import { type PackageSourceRow, packageSources } from '#sensors/package-sources.ts';
import { aboutSource, foreignSource, sourceName } from './package-words.ts';

export default defineRule<PackageSourceRow>({
  id: 'package-source-new',
  doc: 'A repository of packages was added, changed or switched on.',
  on: 'package-sources',
  table: packageSources,
  attack: ['T1195.002', 'T1072'],
  types: ['added', 'changed'],
  judge(judgement) {
    const pair = newsOf(judgement);
    if (pair === undefined) return undefined;
    const { row, before } = pair;
    const was = before === undefined || before.name === row.name ? '' : `; before: ${sourceName(before)}`;
    const open = !row.secure && row.signedBy === '';
    return {
      ...aboutSource(row),
      // That nobody checks its packages is the graver half.
      folds: row.path,
      severity: row.enabled ? 'medium' : 'info',
      onlyAsPackaged: row.enabled,
      title: `${before === undefined ? 'New' : 'Changed'} package source: ${sourceName(row)}${row.enabled ? '' : ' (switched off)'}${was}`,
      why: `Whoever keeps the repository becomes root here with the next upgrade.${open ? ' It is fetched without encryption, and any key that apt believes may sign it.' : ''}`,
    };
  },
  samples: [
    { name: 'a new repository', judgement: { change: { type: 'added', after: foreignSource } }, expect: 'medium' },
    {
      name: 'the address was changed',
      judgement: {
        change: { type: 'added', after: foreignSource },
        replaced: { ...foreignSource, name: 'deb http://deb.debian.org/debian stable main' },
      },
      expect: 'medium',
    },
    {
      name: 'it is switched off',
      judgement: { change: { type: 'added', after: { ...foreignSource, enabled: false } } },
      expect: 'info',
    },
    {
      name: 'a key',
      judgement: { change: { type: 'added', after: { ...foreignSource, kind: 'key' } } },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: foreignSource }, learning: true },
      expect: undefined,
    },
  ],
});

/** A source that is new, was switched on or off, or is checked by another key; `before` is what stood there. */
function newsOf({ change, known, learning, replaced }: Judgement<PackageSourceRow>) {
  if (change.type === 'removed' || learning) return undefined;
  const row = change.after;
  if (row.kind !== 'source' || row.problem !== '') return undefined;
  if (change.type === 'added') return known ? undefined : { row, before: replaced };
  const { before } = change;
  return before.enabled === row.enabled && before.signedBy === row.signedBy ? undefined : { row, before };
}

/** Apt believes one more key. See docs/rules/package-key-new.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageSourceRow, packageSources } from '#sensors/package-sources.ts';
import { aboutSource, foreignSource, sourceName } from './package-words.ts';

const EVERYWHERE = /^\/etc\/apt\/trusted\.gpg/;
const key: PackageSourceRow = {
  ...foreignSource,
  kind: 'key',
  name: '35BAA0B33E9EB396F59CA838C0BA5CE6DC6315A3',
  path: '/etc/apt/trusted.gpg.d/x.gpg',
  value: 'X <x@example.net>',
};

export default defineRule<PackageSourceRow>({
  id: 'package-key-new',
  doc: 'A key was added with which packages may be signed.',
  on: 'package-sources',
  table: packageSources,
  attack: ['T1553.004', 'T1195.002'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning || change.after.kind !== 'key') return undefined;
    const row = change.after;
    const everywhere = EVERYWHERE.test(row.path);
    const user = row.value === '' ? '' : ` (${shorten(visible(row.value), 80)})`;
    return {
      ...aboutSource(row),
      // A keyring is one file: its other keys are listed with the first.
      folds: row.path,
      severity: everywhere ? 'medium' : 'low',
      title: `New key for packages in ${visible(row.path)}: ${sourceName(row)}${user}`,
      why: everywhere
        ? 'Whoever has its other half may sign any package of any repository without a key of its own.'
        : 'Whoever has its other half may sign what repositories bring that name this key.',
    };
  },
  samples: [
    { name: 'a key for all repositories', judgement: { change: { type: 'added', after: key } }, expect: 'medium' },
    {
      name: 'a key for some',
      judgement: { change: { type: 'added', after: { ...key, path: '/usr/share/keyrings/x.gpg' } } },
      expect: 'low',
    },
    { name: 'a known key', judgement: { change: { type: 'added', after: key }, known: true }, expect: undefined },
    { name: 'a source', judgement: { change: { type: 'added', after: foreignSource } }, expect: undefined },
  ],
});

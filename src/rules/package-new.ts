/** A package was installed. See docs/rules/package-new.md. */

import { visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageRow, packages } from '#sensors/packages.ts';
import { aboutPackage, openssl, packageName, REBOOT } from './package-words.ts';

export default defineRule<PackageRow>({
  id: 'package-new',
  doc: 'A package was installed that was not there before.',
  on: 'packages',
  table: packages,
  attack: ['T1072'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || learning) return undefined;
    const row = change.after;
    if (row.name === REBOOT || row.state === 'removed') return undefined;
    if (change.type === 'added' ? known : change.before.state !== 'removed') return undefined;
    return {
      ...aboutPackage(row),
      severity: row.state === 'installed' ? 'info' : 'low',
      title: `Package ${packageName(row)} was installed${row.state === 'installed' ? '' : `, but it is ${visible(row.state)}`}`,
      why: 'Scripts of a package run as root when it is installed, and what it brings runs afterwards.',
    };
  },
  samples: [
    { name: 'a new package', judgement: { change: { type: 'added', after: openssl } }, expect: 'info' },
    {
      name: 'it was removed before, and its settings were kept',
      judgement: { change: { type: 'changed', before: { ...openssl, state: 'removed' }, after: openssl } },
      expect: 'info',
    },
    {
      name: 'an upgrade',
      judgement: { change: { type: 'changed', before: { ...openssl, version: '1' }, after: openssl } },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: openssl }, learning: true },
      expect: undefined,
    },
  ],
});

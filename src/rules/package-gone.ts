/** A package was removed. See docs/rules/package-gone.md. */

import { defineRule } from '#model/sensor.ts';
import { type PackageRow, packages } from '#sensors/packages.ts';
import { aboutPackage, isGuard, openssl, packageName, REBOOT } from './package-words.ts';

export default defineRule<PackageRow>({
  id: 'package-gone',
  doc: 'A package was removed.',
  on: 'packages',
  table: packages,
  attack: ['T1562.001'],
  types: ['removed', 'changed'],
  judge({ change }) {
    if (change.type === 'added') return undefined;
    const { before } = change;
    if (before.name === REBOOT || before.state === 'removed') return undefined;
    if (change.type === 'changed' && change.after.state !== 'removed') return undefined;
    const guard = isGuard(before);
    return {
      ...aboutPackage(change.type === 'changed' ? change.after : before),
      severity: guard ? 'medium' : 'info',
      title: `Package ${packageName(before)} was removed`,
      why: guard
        ? 'It guards this host or keeps its evidence. Intruders take such programs out first.'
        : 'What it brought is no longer there: services, checks and programs that others need.',
      // A purge by dpkg is explained by its run, but no run makes it harmless that a guard is gone.
      dangerous: guard,
    };
  },
  samples: [
    { name: 'purged', judgement: { change: { type: 'removed', before: openssl } }, expect: 'info' },
    {
      name: 'the firewall was removed',
      judgement: {
        change: {
          type: 'changed',
          before: { ...openssl, name: 'ufw' },
          after: { ...openssl, name: 'ufw', state: 'removed' },
        },
      },
      expect: 'medium',
    },
    {
      name: 'only its settings were purged',
      judgement: { change: { type: 'removed', before: { ...openssl, state: 'removed' } } },
      expect: undefined,
    },
    {
      name: 'an upgrade',
      judgement: { change: { type: 'changed', before: { ...openssl, version: '1' }, after: openssl } },
      expect: undefined,
    },
  ],
});

/** A security update waits to be installed. See docs/rules/security-update-pending.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageRow, packages } from '#sensors/packages.ts';
import { aboutPackage, openssl, packageName } from './package-words.ts';

export default defineRule<PackageRow>({
  id: 'security-update-pending',
  doc: 'The security archive has a newer version of an installed package.',
  on: 'packages',
  table: packages,
  attack: ['T1203'],
  types: ['added', 'changed'],
  judge({ change, learning, known }) {
    if (change.type === 'removed' || learning || (change.type === 'added' && known)) return undefined;
    const row = change.after;
    if (row.securityUpdate === '' || (change.type === 'changed' && change.before.securityUpdate === row.securityUpdate))
      return undefined;
    return {
      ...aboutPackage(row),
      subject: `${row.name}:${row.architecture}`,
      severity: row.held ? 'medium' : 'low',
      title: `Security update for ${packageName(row)}: ${visible(row.securityUpdate)}${row.held ? ', but it is on hold' : ''}`,
      why: 'The hole is known to everybody from now on.',
      next: `apt policy -- ${shellQuote(row.name)}; apt-get install --only-upgrade -- ${shellQuote(row.name)}`,
    };
  },
  samples: [
    {
      name: 'an update came',
      judgement: {
        change: { type: 'changed', before: openssl, after: { ...openssl, securityUpdate: '3.0.17-1~deb12u3' } },
        known: true,
      },
      expect: 'low',
    },
    {
      name: 'for a package on hold',
      judgement: {
        change: { type: 'changed', before: openssl, after: { ...openssl, held: true, securityUpdate: '4' } },
      },
      expect: 'medium',
    },
    {
      name: 'it was installed',
      judgement: {
        change: { type: 'changed', before: { ...openssl, securityUpdate: '4' }, after: { ...openssl, version: '4' } },
      },
      expect: undefined,
    },
    { name: 'an ordinary package', judgement: { change: { type: 'added', after: openssl } }, expect: undefined },
  ],
});

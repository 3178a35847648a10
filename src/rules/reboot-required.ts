/** A package asks for a reboot. See docs/rules/reboot-required.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageRow, packages } from '#sensors/packages.ts';
import { aboutPackage, openssl, REBOOT } from './package-words.ts';

const wanted: PackageRow = {
  ...openssl,
  name: REBOOT,
  architecture: '',
  version: '',
  state: 'wanted by linux-image-6.1.0-40-amd64',
  database: '/run/reboot-required',
};

export default defineRule<PackageRow>({
  id: 'reboot-required',
  doc: 'The host runs an older kernel or library than it has, until it is started anew.',
  on: 'packages',
  table: packages,
  attack: ['T1068'],
  types: ['added'],
  judge({ change, learning }) {
    if (change.type !== 'added' || learning || change.after.name !== REBOOT) return undefined;
    return {
      ...aboutPackage(change.after),
      severity: 'low',
      title: `A reboot is ${shorten(visible(change.after.state), 160)}`,
      why: 'Until then the host runs the old version, with the holes that the new one mends.',
      next: 'cat /run/reboot-required.pkgs; uname -r',
    };
  },
  samples: [
    { name: 'a new kernel', judgement: { change: { type: 'added', after: wanted } }, expect: 'low' },
    { name: 'a package', judgement: { change: { type: 'added', after: openssl } }, expect: undefined },
  ],
});

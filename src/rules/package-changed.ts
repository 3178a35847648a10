/** Version, hold or state of a package changed. See docs/rules/package-changed.md. */

import { visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageRow, packages } from '#sensors/packages.ts';
import { aboutPackage, openssl, packageName, REBOOT } from './package-words.ts';

export default defineRule<PackageRow>({
  id: 'package-changed',
  doc: 'A package has another version, was put on hold, or was left half installed.',
  on: 'packages',
  table: packages,
  attack: ['T1072', 'T1195.002'],
  types: ['changed'],
  judge({ change }) {
    if (change.type !== 'changed') return undefined;
    const { before, after } = change;
    if (after.name === REBOOT || before.state === 'removed' || after.state === 'removed') return undefined;
    const found = differenceOf(before, after);
    if (found === undefined) return undefined;
    const { facts, ...about } = aboutPackage(after);
    return {
      ...about,
      ...found,
      facts: { ...facts, versionBefore: before.version, stateBefore: before.state, heldBefore: before.held },
    };
  },
  samples: [
    {
      name: 'an upgrade',
      judgement: { change: { type: 'changed', before: { ...openssl, version: '1' }, after: openssl } },
      expect: 'info',
    },
    {
      name: 'put on hold',
      judgement: { change: { type: 'changed', before: openssl, after: { ...openssl, held: true } } },
      expect: 'low',
    },
    {
      name: 'left half installed',
      judgement: { change: { type: 'changed', before: openssl, after: { ...openssl, state: 'half-configured' } } },
      expect: 'low',
    },
    {
      name: 'removed',
      judgement: { change: { type: 'changed', before: openssl, after: { ...openssl, state: 'removed' } } },
      expect: undefined,
    },
    {
      name: 'an update is there for it',
      judgement: { change: { type: 'changed', before: openssl, after: { ...openssl, securityUpdate: '3.1' } } },
      expect: undefined,
    },
  ],
});

function differenceOf(
  before: PackageRow,
  after: PackageRow,
): { severity: Severity; title: string; why: string } | undefined {
  const name = visible(after.name);
  if (before.held !== after.held) {
    const title = after.held ? `Package ${name} was put on hold` : `Package ${name} is no longer on hold`;
    return {
      severity: 'low',
      title,
      why: 'A package on hold gets no security updates: a hole in it stays open while all others are mended.',
    };
  }
  if (before.state !== after.state && after.state !== 'installed')
    return {
      severity: 'low',
      title: `Package ${packageName(after)} is ${visible(after.state)}`,
      why: 'dpkg did not finish. The package may not work, and apt refuses other upgrades until it is mended.',
    };
  if (before.version === after.version) return undefined;
  return {
    severity: 'info',
    title: `Package ${name} is ${visible(after.version)} now, before ${visible(before.version)}`,
    why: 'Scripts of a package run as root when it is upgraded; an older version than before brings known holes back.',
  };
}

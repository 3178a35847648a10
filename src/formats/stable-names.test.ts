import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  exePathRules,
  socketPathRules,
  stableExePath,
  stableSocketPath,
  stableUnit,
  unitRules,
} from './stable-names.ts';

const tables = [
  { rules: unitRules, apply: stableUnit },
  { rules: socketPathRules, apply: stableSocketPath },
  { rules: exePathRules, apply: stableExePath },
];
const page = readFileSync(join(import.meta.dirname, '../../docs/formats/identity.md'), 'utf8');

for (const { rules, apply } of tables) {
  test(`${apply.name}() makes of each example what its table says, and the page shows it`, () => {
    for (const { from, becomes } of rules) {
      assert.equal(apply(from), becomes);
      assert.ok(page.includes(`| \`${from}\` | \`${becomes}\` |`), `docs/formats/identity.md lacks ${from}`);
    }
  });

  test(`${apply.name}() changes nothing when applied again, whatever the name`, () => {
    const names = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...rules.map((rule) => rule.from)));
    fc.assert(
      fc.property(names, (name) => {
        assert.equal(apply(apply(name)), apply(name));
      }),
    );
  });
}

test('each line of the tables is needed: without it, its example would stay or differ', () => {
  for (const { rules } of tables) {
    for (const left of rules) {
      const rest = rules.filter((rule) => rule !== left);
      const without = rest.reduce((name, { pattern, to }) => name.replace(pattern, to), left.from);
      assert.notEqual(without, left.becomes, left.from);
    }
  }
});

test('names without random parts stay as they are', () => {
  for (const unit of [
    'ssh.service',
    'serial-getty@ttyS0.service',
    'postgresql@15-main.service',
    'openvpn@client.service',
  ])
    assert.equal(stableUnit(unit), unit);
  for (const path of [
    '/run/systemd/notify',
    '/run/postgresql/.s.PGSQL.5432',
    '/tmp/.s.PGSQL.5432',
    '/tmp/.X11-unix/X0',
  ])
    assert.equal(stableSocketPath(path), path);
  for (const path of ['/usr/sbin/sshd', '/opt/app-2.11/bin/run', 'memfd:x']) assert.equal(stableExePath(path), path);
});

test('a name of any length takes no more than linear time', () => {
  const hostile = [
    '0'.repeat(1 << 20),
    `app-${'-'.repeat(1 << 20)}`,
    `/tmp/${'-1'.repeat(1 << 19)}`,
    `machine-qemu${'\\x2d1'.repeat(1 << 18)}`,
  ];
  for (const name of hostile) for (const { apply } of tables) assert.ok(apply(name).length <= 4096);
});

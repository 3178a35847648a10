import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseConffiles } from './dpkg-conffiles.ts';

const STATUS = `Package: cron
Status: install ok installed
Conffiles:
 /etc/crontab 0f6ebb7cab0d8a2fbd5d1aaf2ac0bd1a
 /etc/default/cron b93d0a4ab4ed04ce4e0a4a0a4ab4ed04 obsolete
 /etc/new newconffile
 nonsense
Description: a daemon
 /etc/no 0f6ebb7cab0d8a2fbd5d1aaf2ac0bd1a

Package: gone
Status: deinstall ok config-files
Conffiles:
 /etc/gone 0f6ebb7cab0d8a2fbd5d1aaf2ac0bd1a
`;

test('parseConffiles() reads sums, obsolete ones and those of removed packages', () => {
  const { rows, rejects } = parseConffiles(STATUS);
  assert.deepEqual(
    rows.map(({ package: name, path, obsolete }) => [name, path, obsolete]),
    [
      ['cron', '/etc/crontab', false],
      ['cron', '/etc/default/cron', true],
      ['gone', '/etc/gone', true],
    ],
  );
  assert.deepEqual(rejects, [' nonsense']);
});

test('parseConffiles() takes any text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('Conffiles:', ' /a 0f6ebb7cab0d8a2fbd5d1aaf2ac0bd1a', ' x', 'P: y', '')),
      (lines) => {
        const { rows, rejects } = parseConffiles(lines.join('\n'));
        assert.ok(rows.length + rejects.length <= lines.length);
      },
    ),
  );
});

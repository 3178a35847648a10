import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { lsmSettings, parseLsm, readValue } from './lsm.ts';

// The lines that the article in docs/import/lsm.md shows, with the comments LSM's own file has.
const FILE = `#!/bin/bash
#
##
# LSM 0.6 [lsm@r-fx.org]
INSPATH="/usr/local/lsm"
# email address for alerts
USER="system.alerts@mydomain.com"             # ..

# subject of emails
SUB="LSM Port Monitor Alert on $HOSTNAME"     # ..
`;

test('parseLsm() takes over USER and SUB, and accounts for every other line', () => {
  const imported = parseLsm(FILE);
  assert.deepEqual(
    imported.lines.map(({ line, outcome }) => [line, outcome]),
    [
      [5, 'same'],
      [7, 'took'],
      [10, 'took'],
    ],
  );
  assert.deepEqual(lsmSettings(imported), {
    compare: { mail: true },
    notifiers: [{ type: 'mail', to: 'system.alerts@mydomain.com', subject: 'LSM Port Monitor Alert on $HOSTNAME' }],
  });
});

test('parseLsm() never executes: what needs a shell is told as left', () => {
  const hostile = [
    'USER="$(touch /tmp/x)"',
    'USER=`id`',
    'USER=root; rm -rf /',
    'source /etc/passwd',
    'SUB="on $(hostname)"',
    'SUB="$OTHER"',
    'USER="--option"',
    'USER="a\nb"',
    "SUB='open",
  ];
  const { lines, to, subject } = parseLsm(hostile.join('\n'));
  assert.equal(to, undefined);
  assert.equal(subject, undefined);
  assert.ok(lines.every(({ outcome }) => outcome === 'left'));
  assert.equal(lines.length, hostile.length + 1);
});

test('parseLsm() takes several recipients, the last assignment, and ${HOSTNAME}', () => {
  const imported = parseLsm('USER=root\nUSER="a@x.org, b@x.org"\nSUB="${HOSTNAME} says"\n');
  assert.equal(imported.to, 'a@x.org,b@x.org');
  assert.equal(imported.subject, '$HOSTNAME says');
  assert.deepEqual(lsmSettings(imported)?.['notifiers'], [
    { type: 'mail', to: ['a@x.org', 'b@x.org'], subject: '$HOSTNAME says' },
  ]);
});

test('readValue() reads quotes as a POSIX shell does', () => {
  assert.deepEqual(readValue('a"b c"\'d e\'f'), { text: 'ab cd ef' });
  assert.deepEqual(readValue('"a \\"b\\" \\$c" # note'), { text: 'a "b" $c' });
  assert.deepEqual(readValue('a\\ b'), { text: 'a b' });
  assert.deepEqual(readValue("'a\\b'"), { text: 'a\\b' });
  assert.ok('wrong' in readValue('a b'));
});

test('parseLsm() accounts for every line that is no comment and not empty', () => {
  const piece = fc.constantFrom('USER=', 'SUB=', 'X=', '"', "'", '$', '`', '#', ' ', '\n', 'a', '\\', '(', '\r');
  fc.assert(
    fc.property(
      fc.array(piece).map((parts) => parts.join('')),
      (text) => {
        const wanted = text.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
        assert.equal(parseLsm(text).lines.length, wanted.length);
      },
    ),
  );
});

test('a file that names nobody gives no settings', () => {
  assert.equal(lsmSettings(parseLsm('SUB="x"\n')), undefined);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { cutTo, displayWidth, textTable } from './text-table.ts';

test('textTable() sets columns under their headings', () => {
  const lines = textTable(
    [{ heading: 'PROTO' }, { heading: 'RECV-Q', align: 'right' }, { heading: 'LOCAL' }],
    [
      ['tcp', '0', '0.0.0.0:22'],
      ['tcp6', '128', '[::]:80'],
    ],
  );
  assert.deepEqual(lines, ['PROTO  RECV-Q  LOCAL', 'tcp         0  0.0.0.0:22', 'tcp6      128  [::]:80']);
});

test('textTable() drops and cuts columns until they fit, the widest first', () => {
  const columns = [{ heading: 'NAME' }, { heading: 'PATH', shrinkTo: 6 }, { heading: 'EXTRA', dropAt: 1 }];
  const rows = [['sshd', '/usr/sbin/sshd-session', 'something']];
  assert.deepEqual(textTable(columns, rows, { maxWidth: 16 }), ['NAME  PATH', 'sshd  /usr/sbin…']);
  assert.deepEqual(textTable(columns, rows, { maxWidth: 16, ascii: true })[1], 'sshd  /usr/sbi..');
  assert.equal(textTable(columns, rows)[1], 'sshd  /usr/sbin/sshd-session  something');
});

test('textTable() cuts further than the least widths before a line becomes longer than the terminal', () => {
  const columns = [{ heading: 'A' }, { heading: 'PATH', shrinkTo: 24 }, { heading: 'OTHER', shrinkTo: 24 }];
  const rows = [['1', 'p'.repeat(40), 'q'.repeat(40)]];
  assert.equal(
    textTable(columns, rows, { maxWidth: 30, ascii: true })[1],
    `1  ${'p'.repeat(10)}..  ${'q'.repeat(11)}..`,
  );
});

test('textTable() lets one long cell move its own line only', () => {
  const rows = [
    ['x'.repeat(9), '1'],
    ['y', '2'],
  ];
  assert.deepEqual(textTable([{ heading: 'A' }, { heading: 'B' }], rows, { padMost: 4 }), [
    'A     B',
    'xxxxxxxxx  1',
    'y     2',
  ]);
});

test('textTable() makes cells harmless', () => {
  assert.equal(textTable([{ heading: 'A' }], [['\x1b[31mred\n']])[1], '\\u{1b}[31mred\\u{a}');
});

test('textTable() stays within the width whenever its least widths do', () => {
  const columns = [
    { heading: 'A', shrinkTo: 3 },
    { heading: 'B', shrinkTo: 3 },
    { heading: 'C', dropAt: 1 },
  ];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string(), fc.string(), fc.string())),
      fc.integer({ min: 8, max: 60 }),
      (rows, maxWidth) => {
        for (const line of textTable(columns, rows, { maxWidth })) assert.ok(displayWidth(line) <= maxWidth, line);
      },
    ),
    { numRuns: 200 },
  );
});

test('displayWidth() counts wide and combining characters', () => {
  assert.equal(displayWidth('日本'), 4);
  assert.equal(displayWidth('e\u0301'), 1);
  assert.equal(displayWidth('größe'), 5);
});

test('displayWidth() counts as terminals do: emoji of all blocks, marks with a place of their own, joined Hangul', () => {
  for (const wide of ['🚀', '✅', '⚡', '🫠', '﷿𠀀'.slice(1), '㍻', '＄']) assert.equal(displayWidth(wide), 2, wide);
  for (const narrow of ['☃', '↔', '·', '◆', '🇩', 'का'.slice(1)]) assert.equal(displayWidth(narrow), 1, narrow);
  assert.equal(displayWidth('\u1112\u1161\u11ab'), 2);
});

test('cutTo() never cuts through a wide character', () => {
  assert.equal(cutTo('日本語', 4), '日…');
  assert.equal(cutTo('abc', 3), 'abc');
});

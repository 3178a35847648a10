import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { cUint32 } from './c-number.ts';
import { parseGroupLines, parseGshadowLines, parseSubidLines } from './group-lines.ts';
import { parsePasswdLines, parseShadowLines, passwordState } from './passwd-lines.ts';

test('parsePasswdLines() takes what glibc takes: short lines, signs, leading blanks, NIS', () => {
  const text = [
    'root:x:0:0:root:/root:/bin/bash',
    '',
    '# a comment',
    'short:x:0:0',
    ' hidden:x:+0:0::/:/bin/sh',
    'bad:x:zero:0::/:/bin/sh',
    '+',
    '+@admins::::::',
    'colon:x:5:5::/:/bin/sh:-x',
    'two',
    'nul:x:7:7::/:/bin/sh\0rest',
  ].join('\n');
  const { rows, skipped, odd } = parsePasswdLines(text);
  assert.deepEqual(
    rows.map(({ line, name, uid, shell, nis }) => [line, name, uid, shell, nis]),
    [
      [1, 'root', 0, '/bin/bash', false],
      [4, 'short', 0, '', false],
      [5, 'hidden', 0, '/bin/sh', false],
      [7, '+', -1, '', true],
      [8, '+@admins', -1, '', true],
      [9, 'colon', 5, '/bin/sh:-x', false],
      [11, 'nul', 7, '/bin/sh', false],
    ],
  );
  assert.equal(skipped, 2);
  assert.deepEqual(
    odd.map(({ line, ignored }) => [line, ignored]),
    [
      [4, false],
      [5, false],
      [6, true],
      [7, false],
      [8, false],
      [9, false],
      [10, true],
      [11, false],
    ],
  );
});

test('parseShadowLines() wants what glibc wants', () => {
  const { rows, odd } = parseShadowLines(
    'root:$y$j9T$a$b:19000:0:99999:7:::\nold:*:1:0:9\nno:x\nbad:x:q:::::\nexp:!:1::::30:20000:\n',
  );
  assert.deepEqual(
    rows.map(({ name, changedDay, expireDay, inactiveDays }) => [name, changedDay, expireDay, inactiveDays]),
    [
      ['root', 19_000, -1, -1],
      ['old', 1, -1, -1],
      ['exp', 1, 20_000, 30],
    ],
  );
  assert.deepEqual(
    odd.map(({ line, ignored }) => [line, ignored]),
    [
      [2, false],
      [3, true],
      [4, true],
    ],
  );
});

test('passwordState() tells what a field lets in', () => {
  const states = ['', '*', '!', '!!', '!*', 'x', '$6$salt$hash', '!$6$salt$hash', 'abJnggxhB/yWI'].map(passwordState);
  assert.deepEqual(states, ['empty', 'none', 'none', 'none', 'none', 'none', 'set', 'locked', 'set']);
});

test('cUint32() is strtoul of the C library', () => {
  const good = { '0': 0, '+0': 0, ' 7': 7, '-0': 0, '00': 0, '4294967295': 4_294_967_295, '-18446744073709551615': 1 };
  for (const [text, value] of Object.entries(good)) assert.equal(cUint32(text), value, text);
  for (const text of ['', '0x0', '1 ', '-1', '4294967296', '99999999999', '-18446744073709551616', '+-1'])
    assert.equal(cUint32(text), undefined, text);
});

test('groups, gshadow and ranges are read past bad lines', () => {
  const groups = parseGroupLines('root:x:0:\nsudo:x:27:bob, alice,,\nbad:x\nwheel:x:w:bob\nshort:x:9\n+:::');
  assert.deepEqual(
    groups.rows.map(({ name, gid, members }) => [name, gid, members]),
    [
      ['root', 0, []],
      ['sudo', 27, ['bob', 'alice']],
      ['short', 9, []],
      ['+', -1, []],
    ],
  );
  assert.deepEqual(
    groups.odd.map(({ line, ignored }) => [line, ignored]),
    [
      [3, true],
      [4, true],
      [5, false],
      [6, false],
    ],
  );
  assert.deepEqual(parseGshadowLines('sudo:!:bob:bob\nx').rows[0]?.admins, ['bob']);
  const ranges = parseSubidLines('bob:100000:65536\nbob:1\n\n0:0:1\n');
  assert.deepEqual(
    ranges.rows.map(({ owner, first, count }) => [owner, first, count]),
    [
      ['bob', 100_000, 65_536],
      ['0', 0, 1],
    ],
  );
  assert.equal(ranges.odd.length, 1);
});

for (const [name, parse] of Object.entries({
  parsePasswdLines,
  parseShadowLines,
  parseGroupLines,
  parseGshadowLines,
  parseSubidLines,
})) {
  test(`${name}() accounts for every line of any text`, () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('root', '0', '', '+', ':', ':', '\n', '\0', ' '), { maxLength: 20 })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(line, (text) => {
        const { rows, skipped, odd } = parse(text);
        assert.equal(rows.length + skipped + odd.filter(({ ignored }) => ignored).length, linesOf(text).length);
      }),
    );
  });
}

test('a name or path of a megabyte is told by its beginning and a digest, and is the same in all lists', () => {
  const long = 'a'.repeat(1 << 20);
  const [row] = parsePasswdLines(`${long}:x:0:0:${long}:/${long}:/${long}`).rows;
  const [group] = parseGroupLines(`${long}:x:0:${long},bob`).rows;
  assert.ok(JSON.stringify([row, group]).length < 2000);
  assert.match(row?.name ?? '', /^a{100}… \(1048576 characters, SHA-256 [0-9a-f]{16}\)$/);
  assert.deepEqual([group?.name, group?.members], [row?.name, [row?.name, 'bob']]);
  assert.notEqual(parsePasswdLines(`${long}b:x:0:0::/:`).rows[0]?.name, row?.name);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseDiversions, parseDpkgLog, parseMd5sums, withoutArch } from './dpkg.ts';

test('parseDpkgLog() reads the lines that dpkg writes', () => {
  const { rows, rejects } = parseDpkgLog(
    [
      '2025-06-24 14:36:25 startup archives unpack',
      '2025-06-24 14:36:25 upgrade libsystemd0:amd64 252.36-1~deb12u1 252.38-1~deb12u1',
      '2025-06-24 14:36:26 status half-configured openssl:amd64 3.0.18-1',
      '2025-06-24 14:36:27 install nftables:amd64 <none> 1.0.6-2',
      '2025-13-24 14:36:27 install nftables:amd64 <none> 1.0.6-2',
      'garbage',
    ].join('\n'),
  );
  assert.deepEqual(
    rows.map((row) => [row.action, row.package, ...row.versions]),
    [
      ['startup', 'archives', 'unpack', ''],
      ['upgrade', 'libsystemd0', '252.36-1~deb12u1', '252.38-1~deb12u1'],
      ['status', 'openssl', '', '3.0.18-1'],
      ['install', 'nftables', '<none>', '1.0.6-2'],
    ],
  );
  assert.equal(rows[1]?.timeMs, new Date(2025, 5, 24, 14, 36, 25).getTime());
  assert.equal(rejects.length, 2);
});

test('parseMd5sums() gives absolute paths, also with blanks in them', () => {
  const md5 = '0123456789abcdef0123456789abcdef';
  assert.deepEqual(parseMd5sums(`${md5}  usr/share/a b\nnonsense\n`), {
    rows: [{ md5, path: '/usr/share/a b' }],
    rejects: ['nonsense'],
  });
});

test('parsers of dpkg account for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const parse of [parseDpkgLog, parseMd5sums]) {
        const { rows, rejects } = parse(text);
        assert.equal(rows.length + rejects.length, linesOf(text).length);
      }
      const { rows, rejects } = parseDiversions(text);
      assert.equal(rows.length * 3 + rejects.length, linesOf(text).length);
    }),
  );
});

test('withoutArch() keeps the name of the package', () => {
  assert.equal(withoutArch('openssl:amd64'), 'openssl');
  assert.equal(withoutArch('openssl'), 'openssl');
});

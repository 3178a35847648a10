import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { linesOf } from '#lib/parse-lines.ts';
import { parseMountinfo } from './mountinfo.ts';

test('parseMountinfo() reads a mount with optional fields and octal escapes', () => {
  const line = '36 35 98:0 /mnt1 /mnt\\0402 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue';
  assert.deepEqual(parseMountinfo(`${line}\n`).rows, [
    {
      id: 36,
      parentId: 35,
      device: '98:0',
      root: '/mnt1',
      point: '/mnt 2',
      options: ['rw', 'noatime'],
      propagation: ['shared:1', 'master:2'],
      type: 'ext3',
      source: '/dev/root',
      superOptions: ['rw', 'errors=continue'],
    },
  ]);
});

test('parseMountinfo() reads a mount without optional fields, and names that are UTF-8', () => {
  const line = Buffer.from('36 35 0:5 / /ä rw - tmpfs none rw', 'utf8').toString('latin1');
  const [row] = parseMountinfo(line).rows;
  assert.equal(row?.point, '/ä');
  assert.deepEqual(row?.propagation, []);
});

test('parseMountinfo() rejects what is no mount', () => {
  const damaged = ['36 35 98:0 / /mnt rw shared:1', '36 x 98:0 / /mnt rw - ext3 a b', '1 2 nodev / /mnt rw - a b c'];
  assert.deepEqual(parseMountinfo(damaged.join('\n')).rejects, damaged);
});

test('parseMountinfo() accounts for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { rows, rejects } = parseMountinfo(text);
      assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseMdstat } from './mdstat.ts';

const SOUND = `Personalities : [raid1] [raid6] [raid5] [raid4]
md1 : active raid1 sdb1[1] sda1[0](F)
      104320 blocks super 1.2 [2/1] [_U]
      [==>..................]  recovery = 12.6% (37043392/292945152) finish=127.5min speed=33440K/sec
md0 : active (auto-read-only) raid5 sdc[2] sdb[1] sda[0]
      1953260544 blocks level 5, 64k chunk, algorithm 2 [3/3] [UUU]
      \tresync=PENDING
md127 : inactive sdd[0](S)
      8 blocks

unused devices: <none>
`;

test('arrays with their members, failures and what they do', () => {
  assert.deepEqual(parseMdstat(SOUND), [
    {
      name: 'md1',
      active: true,
      level: 'raid1',
      wanted: 2,
      present: 1,
      failed: ['sda1'],
      doing: 'recovery',
      percent: 12.6,
    },
    { name: 'md0', active: true, level: 'raid5', wanted: 3, present: 3, failed: [], doing: 'resync', percent: 0 },
    { name: 'md127', active: false, level: '', wanted: 0, present: 0, failed: [], doing: '', percent: 0 },
  ]);
  assert.deepEqual(parseMdstat('Personalities :\nunused devices: <none>\n'), []);
});

test('any text is read without an error', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(parseMdstat(`md0 : ${text}`))));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readingError } from './trouble.ts';

const sqlite = (errcode: number): Error => Object.assign(new Error('x'), { errcode });

test('a damaged page and a full disk are told as what they are, with what to do; other errors stay ours', () => {
  const damaged = readingError(sqlite(11 | (1 << 8)));
  assert.equal(damaged?.code, 'DAMAGED_STATE');
  assert.match(damaged.message, /^Cannot use the record: the file is damaged\. Keep the state directory as evidence/);
  const full = readingError(sqlite(13));
  assert.deepEqual([full?.code, full?.message.endsWith('dmesg | tail')], ['DISK', true]);
  assert.equal(readingError(sqlite(1)), undefined);
  assert.equal(readingError(new Error('of ours')), undefined);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { taintLetters, taintWords } from './kernel-taint.ts';

test('bits of /proc/sys/kernel/tainted are letters, and letters are words', () => {
  assert.equal(taintLetters(0), '');
  assert.equal(taintLetters(4096 + 8192), 'OE');
  assert.equal(taintLetters(1 + 2 ** 15), 'PK');
  assert.equal(taintWords('OE'), 'out-of-tree module, unsigned module');
  assert.equal(taintWords('O?'), 'out-of-tree module, "?"');
  assert.equal(taintWords(''), '');
});

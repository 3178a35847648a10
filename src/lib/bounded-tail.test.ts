import assert from 'node:assert/strict';
import test from 'node:test';
import { boundedTail } from './bounded-tail.ts';

test('the end stays, within its bound', () => {
  const tail = boundedTail(8);
  assert.equal(tail.text(), '');
  tail.add(Buffer.from('0123456'));
  assert.equal(tail.text(), '0123456');
  tail.add(Buffer.from('789'));
  assert.equal(tail.text(), '23456789');
  tail.add(Buffer.from('a very long line'));
  assert.equal(tail.text(), 'ong line');
});

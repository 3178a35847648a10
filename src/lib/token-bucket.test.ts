import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenBucket } from './token-bucket.ts';

test('tokenBucket() gives its burst, then only what time brings', () => {
  const bucket = tokenBucket(3, 2);
  assert.deepEqual(
    [0, 0, 0, 0].map((ms) => bucket.take(ms)),
    [true, true, true, false],
  );
  assert.equal(bucket.take(499), false);
  assert.equal(bucket.take(500), true);
  assert.equal(bucket.take(501), false);
});

test('tokenBucket() never holds more than its burst and takes a clock that steps back', () => {
  const bucket = tokenBucket(2, 1000);
  assert.equal(bucket.isFull(0), true);
  assert.equal(bucket.take(1_000_000), true);
  assert.equal(bucket.take(0), true);
  assert.equal(bucket.take(0), false);
  assert.equal(bucket.isFull(2_000_000), true);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeEventQueue } from './event-queue.ts';

test('a queue hands out what came, together, and ends', async () => {
  const queue = makeEventQueue<number>(10);
  const read: (readonly number[])[] = [];
  const reading = (async () => {
    for await (const batch of queue.batches) read.push(batch);
  })();
  queue.push([1]);
  queue.push([2, 3]);
  await new Promise(setImmediate);
  queue.wake();
  await new Promise(setImmediate);
  queue.push([4]);
  queue.end();
  await reading;
  assert.deepEqual(read, [[1, 2, 3], [], [4]]);
});

test('a queue that nobody reads keeps the oldest and counts the rest', async () => {
  const queue = makeEventQueue<number>(3);
  queue.push([1, 2]);
  queue.push([3, 4, 5]);
  queue.end();
  assert.equal(queue.dropped(), 2);
  const read: number[] = [];
  for await (const batch of queue.batches) read.push(...batch);
  assert.deepEqual(read, [1, 2, 3]);
});

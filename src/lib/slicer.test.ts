import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSlicer } from './slicer.ts';

test('a slicer lets timers run in the middle of long work', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const slicer = makeSlicer(2, 1);
  let paused = 0;
  const until = performance.now() + 60;
  while (performance.now() < until) {
    if (!slicer.due()) continue;
    paused += 1;
    await slicer.pause();
  }
  clearInterval(timer);
  assert.ok(paused >= 3 && turns >= 3, `${paused} pauses, ${turns} turns`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Waker } from './waker.ts';

const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
  await pause(ms, undefined, { signal, ref: true }).catch(() => undefined);
};
const never = new AbortController().signal;

test('Waker ends a wait early, and a wake before the wait counts', async () => {
  const waker = new Waker();
  const waiting = waker.wait(60_000, never, sleep);
  waker.wake();
  await waiting;
  waker.wake();
  await waker.wait(60_000, never, sleep);
});

test('Waker waits again after a wake was used, and ends with its signal', async () => {
  const waker = new Waker();
  waker.wake();
  await waker.wait(60_000, never, sleep);
  const began = performance.now();
  await waker.wait(20, never, sleep);
  assert.ok(performance.now() - began >= 19);
  await waker.wait(60_000, AbortSignal.abort(), sleep);
});

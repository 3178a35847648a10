import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelEvent, KernelEvents } from '#model/host.ts';
import { shareKernelEvents } from './event-hub.ts';
import { makeEventQueue } from './event-queue.ts';

const event = (kind: KernelEvent['kind'], pid = 1): KernelEvent => ({
  kind,
  timeMs: 0,
  pid,
  process: undefined,
  namespace: 0,
  family: '',
  protocol: '',
  address: '',
  port: 0,
});

/** A source that tells what the test pushes, and how often it was armed and disposed of. */
function fakeSource() {
  const state = { armed: 0, disposed: 0, lost: 0, queue: makeEventQueue<KernelEvent>(1_000_000) };
  const open = (): Promise<KernelEvents> => {
    assert.equal(state.armed, state.disposed, 'two armings at once');
    state.armed += 1;
    const queue = makeEventQueue<KernelEvent>(1_000_000);
    state.queue = queue;
    return Promise.resolve({
      batches: queue.batches,
      lost: () => state.lost,
      by: 'a test',
      gaps: [],
      tellsShortLivedUdp: false,
      async [Symbol.asyncDispose]() {
        await new Promise((resolve) => setTimeout(resolve, 5));
        state.disposed += 1;
        queue.end();
      },
    });
  };
  return { state, open };
}

async function first(events: KernelEvents): Promise<readonly KernelEvent[]> {
  for await (const batch of events.batches) return batch;
  return [];
}

test('shareKernelEvents() arms once for all, and each hears the kinds it asked for', async () => {
  const { state, open } = fakeSource();
  const kernelEvents = shareKernelEvents(open, new AbortController().signal);
  const [sockets, execs] = await Promise.all([
    kernelEvents(AbortSignal.timeout(10_000), ['listen']),
    kernelEvents(AbortSignal.timeout(10_000), ['exec', 'trace']),
  ]);
  assert.equal(state.armed, 1);
  state.queue.push([event('listen', 1), event('exec', 2), event('trace', 3)]);
  assert.deepEqual(
    (await first(sockets)).map(({ pid }) => pid),
    [1],
  );
  assert.deepEqual(
    (await first(execs)).map(({ pid }) => pid),
    [2, 3],
  );
  await sockets[Symbol.asyncDispose]();
  assert.equal(state.disposed, 0);
  await execs[Symbol.asyncDispose]();
  assert.equal(state.disposed, 1);
});

test('a subscriber that stands still loses its own events only, and all hear of what the kernel lost', async () => {
  const { state, open } = fakeSource();
  state.lost = 7;
  const kernelEvents = shareKernelEvents(open, new AbortController().signal);
  await using slow = await kernelEvents(AbortSignal.timeout(10_000), ['exec']);
  await using quick = await kernelEvents(AbortSignal.timeout(10_000), ['listen']);
  assert.equal(slow.lost(), 0, 'lost before it came');
  state.queue.push([...Array(70_000).keys()].map((pid) => event('exec', pid)));
  state.queue.push([event('listen')]);
  assert.equal((await first(quick)).length, 1);
  assert.deepEqual([slow.lost(), quick.lost()], [70_000 - 65_536, 0]);
  assert.equal((await first(slow)).length, 65_536);
  state.lost += 3;
  state.queue.wake();
  assert.deepEqual(await first(quick), []);
  assert.deepEqual([slow.lost(), quick.lost()], [70_000 - 65_536 + 3, 3]);
});

test('who comes while the last one leaves waits until the old arming is gone', async () => {
  const { state, open } = fakeSource();
  const kernelEvents = shareKernelEvents(open, new AbortController().signal);
  const old = await kernelEvents(AbortSignal.timeout(10_000));
  const leaving = old[Symbol.asyncDispose]();
  const fresh = await kernelEvents(AbortSignal.timeout(10_000));
  await leaving;
  assert.deepEqual([state.armed, state.disposed], [2, 1]);
  state.queue.push([event('exit')]);
  assert.equal((await first(fresh)).length, 1);
  await fresh[Symbol.asyncDispose]();
  assert.equal(state.disposed, 2);
});

test('an arming that fails is tried again by the next one, and an abort is a leaving', async () => {
  const { state, open } = fakeSource();
  let refuse = true;
  const kernelEvents = shareKernelEvents(
    () => (refuse ? Promise.reject(new Error('not now')) : open()),
    new AbortController().signal,
  );
  await assert.rejects(kernelEvents(AbortSignal.timeout(10_000)), /not now/);
  refuse = false;
  const stop = new AbortController();
  const events = await kernelEvents(stop.signal);
  stop.abort();
  assert.deepEqual(await first(events), []);
  await events[Symbol.asyncDispose]();
  assert.equal(state.disposed, 1);
  await assert.rejects(kernelEvents(stop.signal), { name: 'AbortError' });
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { KernelEvent, KernelEvents } from '#model/host.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import { eventOf } from '#test/lab/fake-sockets.ts';
import listener from './module-events.ts';

const exec = (pid: number, filename: string): KernelEvent => eventOf({ kind: 'exec', pid, timeMs: pid, filename });
const exit = (pid: number): KernelEvent => eventOf({ kind: 'exit', pid, timeMs: pid });

test('the start and the end of a loader ask for a look, other programs do not', async () => {
  const asked: unknown[] = [];
  const batches = async function* (): AsyncGenerator<readonly KernelEvent[]> {
    yield [exec(1, '/usr/bin/ls'), exec(2, '/sbin/insmod'), exit(1)];
    yield [exec(3, '/opt/insmod-helper'), exit(3)];
    yield [exit(2)];
    yield [exit(2)];
    yield [eventOf({ kind: 'module', pid: 9, timeMs: 9 })];
    yield [];
  };
  const host = fakeHost();
  host.disk.set('/proc/modules', { content: Buffer.alloc(0), ctimeMs: 1, inode: 1 });
  const kernelEvents = (_signal: AbortSignal, kinds: unknown): Promise<KernelEvents> => {
    asked.push(kinds);
    return Promise.resolve({
      batches: batches(),
      lost: () => 7,
      by: 'tracefs',
      gaps: [],
      tellsShortLivedUdp: false,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  };
  await using listening = await listener.listen({ ...host, kernelEvents }, new AbortController().signal);
  assert.equal(listening.lost(), 7);
  assert.equal(listening.by, 'tracefs');
  const told: string[] = [];
  for await (const batch of listening.events) told.push(batch.map(({ kind, timeMs }) => `${kind} ${timeMs}`).join());
  assert.deepEqual(told, ['stale 2', 'stale 2', 'stale 9', '']);
  assert.deepEqual(asked, [['exec', 'exit', 'module']]);
});

test('a kernel without modules is not listened to', async () => {
  const stop = new AbortController();
  await using listening = await listener.listen(fakeHost(), stop.signal);
  const next = listening.events[Symbol.asyncIterator]().next();
  stop.abort();
  assert.deepEqual((await next).value, []);
});

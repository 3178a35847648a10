import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileEvent, FileWish } from '#model/host.ts';
import type { SensorEvent } from '#model/sensor.ts';
import { FakeClock, fakeHost } from '../../test/lab/fake-host.ts';
import { hearFiles } from './file-listener.ts';

const event: FileEvent = {
  kind: 'written',
  timeMs: 5,
  path: '/etc/passwd',
  directory: false,
  pid: 0,
  process: undefined,
};

async function* batchesOf(...batches: FileEvent[][]): AsyncGenerator<readonly FileEvent[]> {
  for (const batch of batches) yield await Promise.resolve(batch);
}

test('a touched file makes its table stale once a batch; a loss passes as an empty batch', async () => {
  let wish: FileWish | undefined;
  const host = {
    ...fakeHost(),
    fileEvents: async (wanted: FileWish) => {
      wish = wanted;
      const disposed = { [Symbol.asyncDispose]: () => Promise.resolve() };
      return await Promise.resolve({
        batches: batchesOf([event, event], []),
        lost: () => 3,
        by: 'fanotify',
        gaps: [],
        ...disposed,
      });
    },
  };
  const listener = hearFiles({ name: 'account-files', doc: '', table: 'accounts', paths: () => ['/etc/passwd'] });
  await using listening = await listener.listen(host, new AbortController().signal);
  const heard: (readonly SensorEvent[])[] = [];
  for await (const batch of listening.events) heard.push(batch);
  assert.deepEqual(heard, [[{ timeMs: 5, kind: 'stale', table: 'accounts' }], []]);
  assert.deepEqual(wish?.paths(), ['/etc/passwd']);
  assert.equal(listening.lost(), 3);
  assert.equal(listening.by, 'fanotify');
});

test('files of another table make stale a moment later, unless one of its own is touched as well', async () => {
  const clock = new FakeClock();
  const own = { ...event, path: '/etc/group' };
  const host = {
    ...fakeHost(clock),
    fileEvents: async () =>
      await Promise.resolve({
        batches: batchesOf([event], [event, own]),
        lost: () => 0,
        by: 'fanotify',
        gaps: [],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  };
  const listener = hearFiles({
    name: 'group-files',
    doc: '',
    table: 'groups',
    paths: () => ['/etc/group', '/etc/passwd'],
    others: ['/etc/passwd'],
  });
  await using listening = await listener.listen(host, new AbortController().signal);
  const heardMs: number[] = [];
  const startMs = clock.monotonicMs();
  const hearing = (async () => {
    for await (const _ of listening.events) heardMs.push(clock.monotonicMs() - startMs);
  })();
  await clock.advance(200);
  assert.deepEqual(heardMs, []);
  await clock.advance(200);
  await hearing;
  assert.deepEqual(heardMs, [300, 300]);
});

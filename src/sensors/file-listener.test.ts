import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileEvent, FileWish } from '#model/host.ts';
import type { SensorEvent } from '#model/sensor.ts';
import { fakeHost } from '../../test/lab/fake-host.ts';
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

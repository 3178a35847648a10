import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeEventQueue } from '#host/event-queue.ts';
import { noFileEvents } from '#host/no-file-events.ts';
import type { FileEvent } from '#model/host.ts';
import type { SensorEvent } from '#model/sensor.ts';
import { fakeHost } from '#test/lab/fake-host.ts';
import listener from './firewall-generation.ts';

test('a moved generation asks for a look; one that cannot be asked is a gap', async () => {
  let generation = 1;
  const plain = fakeHost();
  const filter = { generation: () => generation, rules: () => Promise.reject(new Error('not asked')) };
  const host = { ...plain, filter };
  const stop = new AbortController();
  const listening = await listener.listen(host, stop.signal);
  const heard: SensorEvent[] = [];
  const ends = (async () => {
    for await (const batch of listening.events) heard.push(...batch);
  })();
  await host.clock.advance(2000);
  assert.deepEqual(heard, []);
  generation = 2;
  await host.clock.advance(600);
  assert.deepEqual(
    heard.map(({ kind, table }) => [kind, table]),
    [['stale', 'firewall']],
  );
  await listening[Symbol.asyncDispose]();
  await ends;
  assert.deepEqual(listening.gaps, []);
  const refused = { ...plain, filter: { ...filter, generation: () => ({ error: 'EPERM', path: 'nf_tables' }) } };
  assert.equal((await listener.listen(refused, AbortSignal.abort())).gaps[0]?.why, 'EPERM');
});

test('a line in hosts.allow asks for a look, also where there is no filter to ask', async () => {
  const fake = fakeHost();
  const queue = makeEventQueue<FileEvent>(10);
  let wished: readonly string[] = [];
  const host: typeof fake = {
    ...fake,
    fileEvents: (wish, signal) => {
      wished = wish.paths();
      return Promise.resolve({ ...noFileEvents([], signal), batches: queue.batches });
    },
  };
  const listening = await listener.listen(host, new AbortController().signal);
  const heard: SensorEvent[] = [];
  const ends = (async () => {
    for await (const batch of listening.events) heard.push(...batch);
  })();
  assert.deepEqual(wished, ['/etc/hosts.allow', '/etc/hosts.deny']);
  const path = '/etc/hosts.allow';
  queue.push([{ kind: 'written', timeMs: 7, path, directory: false, pid: 0, process: undefined }]);
  await host.clock.advance(100);
  assert.deepEqual(
    heard.map(({ kind, table }) => [kind, table]),
    [['stale', 'firewall']],
  );
  queue.wake();
  await host.clock.advance(100);
  assert.deepEqual([heard.length, listening.lost()], [2, 0], 'what was lost may have been one of them');
  await listening[Symbol.asyncDispose]();
  await host.clock.advance(100);
  await ends;
});

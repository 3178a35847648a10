import assert from 'node:assert/strict';
import { test } from 'node:test';
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

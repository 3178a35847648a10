import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noFileEvents } from '#host/no-file-events.ts';
import type { Host } from '#model/host.ts';
import type { IntegrityDoor } from '#model/integrity.ts';
import { FakeClock, fakeHost } from '#test/lab/fake-host.ts';
import packageFileChanges from './package-file-changes.ts';

test('a walk that fails ends the listener and leaves no timer behind', async () => {
  const clock = new FakeClock();
  const sleeping = new Set<AbortSignal>();
  const sleep = clock.sleep.bind(clock);
  clock.sleep = async (ms, signal) => {
    sleeping.add(signal);
    await sleep(ms, signal);
    sleeping.delete(signal);
  };
  const full = (): never => {
    throw new Error('database or disk is full');
  };
  const door = { walks: 'background', settings: { watch: [], ignore: [] }, index: { value: full } };
  const host: Host = {
    ...fakeHost(clock),
    integrity: door as unknown as IntegrityDoor,
    fileEvents: (_wish, signal) => Promise.resolve(noFileEvents([], signal)),
  };
  const stop = new AbortController();
  await using listening = await packageFileChanges.listen(host, stop.signal);
  const heard = listening.events[Symbol.asyncIterator]().next();
  const failed = assert.rejects(async () => await heard, /disk is full/);
  await clock.advance(10_000);
  await failed;
  assert.equal(sleeping.size, 0);
  stop.abort();
});

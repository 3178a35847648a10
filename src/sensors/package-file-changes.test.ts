import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noFileEvents } from '#host/no-file-events.ts';
import type { FileEvent, Host } from '#model/host.ts';
import type { IntegrityDoor } from '#model/integrity.ts';
import { openFileIndex } from '#store/file-index.ts';
import { FakeClock, fakeHost } from '#test/lab/fake-host.ts';
import packageFileChanges from './package-file-changes.ts';
import packageFilesSensor from './package-files.ts';

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
  const door = { walks: 'background', settings: { watch: [], ignore: [], walkAfterMs: 0 }, index: { value: full } };
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

const A_FOLDER = { type: 'directory', mode: 0o755, uid: 0, gid: 0, sizeBytes: 0, mtimeMs: 0 };

test('programs and /tmp are looked at after the start, everything a while later; lost events bring it forward', async () => {
  for (const lost of [false, true]) {
    const clock = new FakeClock();
    using index = openFileIndex('', 'nothing');
    const opened: string[] = [];
    const deep = {
      foreign: () => new Set<string>(),
      stat: () => ({ error: 'ENOENT' }),
      open(folder: string) {
        opened.push(folder);
        // A tree six levels deep in /tmp.
        const below = /^\/tmp(?:\/x){0,5}$/.test(folder)
          ? [[{ name: 'x', bytes: Buffer.from('x\0'), folder: true }]]
          : [];
        return { next: () => below.pop() ?? [], stat: () => A_FOLDER, [Symbol.dispose]: () => undefined };
      },
    };
    const settings = { watch: [], ignore: ['/run'], walkAfterMs: 900_000 };
    const host: Host = {
      ...fakeHost(clock),
      integrity: { walks: 'background', settings, index, deep } as unknown as IntegrityDoor,
      fileEvents: (_wish, signal) => Promise.resolve({ ...noFileEvents([], signal), batches: batches() }),
    };
    async function* batches(): AsyncGenerator<readonly FileEvent[]> {
      await clock.sleep(20_000, stop.signal);
      if (lost) yield [];
      await clock.sleep(9e9, stop.signal);
    }
    const stop = new AbortController();
    await using listening = await packageFileChanges.listen(host, stop.signal);
    const hearing = (async () => {
      for await (const _ of listening.events) if (stop.signal.aborted) return;
    })();
    await clock.advance(15_000);
    assert.deepEqual(opened.slice(0, 4), ['/tmp', '/tmp/x', '/tmp/x/x', '/tmp/x/x/x']);
    assert.deepEqual(opened.slice(4, 7), ['/var/tmp', '/dev/shm', '/usr/bin']);
    assert.ok(!opened.includes('/') && !opened.includes('/run'));
    const { gaps } = await packageFilesSensor.look(host, stop.signal);
    assert.match(gaps.map(({ why }) => why).join(), /begins 15 minutes after the start; programs and \/tmp come first/);
    await clock.advance(800_000);
    assert.equal(opened.includes('/'), lost);
    assert.equal(index.value('walked') !== '', lost);
    await clock.advance(100_000);
    assert.ok(opened.includes('/'));
    assert.notEqual(index.value('walked'), '');
    stop.abort('over');
    await hearing.catch(() => undefined);
  }
});

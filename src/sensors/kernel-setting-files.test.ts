import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileEvent, FileEvents, FileWish } from '#model/host.ts';
import { fakeHost, settle } from '#test/lab/fake-host.ts';
import listener from './kernel-setting-files.ts';
import sensor from './kernel-settings.ts';

const FORWARD = '/proc/sys/net/ipv4/ip_forward';
const signal = new AbortController().signal;

/** A machine with one setting whose writes are told by hand. */
function machine() {
  const host = fakeHost();
  const wishes: FileWish[] = [];
  let tell: ((batch: readonly FileEvent[]) => void) | undefined;
  async function* batches(): AsyncGenerator<readonly FileEvent[]> {
    for (;;) yield await new Promise<readonly FileEvent[]>((done) => (tell = done));
  }
  const events: FileEvents = {
    batches: batches(),
    lost: () => 0,
    by: 'fanotify',
    gaps: [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const live = {
    ...host,
    fileEvents: (wish: FileWish) => {
      wishes.push(wish);
      return Promise.resolve(events);
    },
  };
  const set = (path: string, value: string): void => {
    host.disk.set(path, { content: Buffer.from(`${value}\n`), ctimeMs: 0, inode: 1 });
  };
  return {
    host: live,
    wishes,
    set,
    /** Somebody wrote, and the kernel told of it. */
    written: async (path: string, value: string): Promise<void> => {
      set(path, value);
      tell?.([{ kind: 'written', timeMs: 7, path, directory: false, pid: 0, process: undefined }]);
      await settle();
    },
    row: async () => {
      const { rows } = await sensor.look(live, signal);
      return rows.find(({ name }) => name === 'net.ipv4.ip_forward');
    },
  };
}

test('it hears of every setting, of the guards, and of every folder that sets the kernel at boot', async () => {
  const { host, wishes } = machine();
  await using heard = await listener.listen(host, signal);
  assert.equal(heard.lost(), 0);
  const paths = wishes[0]?.paths() ?? [];
  for (const path of [
    FORWARD,
    '/proc/sys/kernel/core_pattern',
    '/sys/kernel/uevent_helper',
    '/sys/fs/selinux/enforce',
    '/etc/sysctl.d',
    '/etc/sysctl.conf',
  ])
    assert.ok(paths.includes(path), path);
});

test('a value that stood for a moment is shown by a look, and the one of now by the next', async () => {
  const { host, set, written, row } = machine();
  set(FORWARD, '0');
  assert.equal((await row())?.value, '0');
  await using heard = await listener.listen(host, signal);
  const told: string[] = [];
  const reading = (async () => {
    for await (const batch of heard.events) told.push(batch.map(({ kind, table }) => `${kind} ${table}`).join());
  })();
  await settle();
  await written(FORWARD, '1');
  set(FORWARD, '0');
  assert.deepEqual(told, ['stale kernel-settings']);
  const moment = await row();
  assert.equal(moment?.value, '1');
  assert.equal(moment.file, FORWARD, 'who wrote there is who changed it');
  await host.clock.advance(200);
  assert.ok(told.length > 1, 'another look is asked for');
  assert.equal((await row())?.value, '0');
  assert.equal((await row())?.value, '0');
  void reading;
});

test('who flips a setting without end is shown a bounded number of times', async () => {
  const { host, set, written, row } = machine();
  set(FORWARD, '0');
  await row();
  await using heard = await listener.listen(host, signal);
  void (async () => {
    for await (const _ of heard.events) continue;
  })();
  await settle();
  for (let turn = 0; turn < 50; turn += 1) {
    await written(FORWARD, String((turn + 1) % 2));
    await host.clock.advance(200);
  }
  const values: (string | undefined)[] = [];
  for (let look = 0; look < 8; look += 1) values.push((await row())?.value);
  assert.ok(values.filter((value) => value === '1').length <= 2, values.join());
  assert.equal(values.at(-1), '0');
});

test('what a file sets for the next boot is told with that file', async () => {
  const { set, row } = machine();
  set(FORWARD, '0');
  assert.equal((await row())?.file, '');
  set('/etc/sysctl.conf', 'net.ipv4.ip_forward=1');
  const later = await row();
  assert.equal(later?.atBoot, '1');
  assert.equal(later.file, '/etc/sysctl.conf');
  set(FORWARD, '1');
  assert.equal((await row())?.file, FORWARD);
});

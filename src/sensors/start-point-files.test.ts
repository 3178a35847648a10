import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { test } from 'node:test';
import type { FileEvent, FileWish } from '#model/host.ts';
import type { SensorEvent } from '#model/sensor.ts';
import { hostAt, plant } from '#test/lab/host-at.ts';
import { makeTemp } from '#test/lab/temp.ts';
import listener from './start-point-files.ts';
import sensor from './start-points.ts';

const event = (path: string): FileEvent => ({
  kind: 'written',
  timeMs: 7,
  path,
  directory: false,
  pid: 0,
  process: undefined,
});

test('an event makes the next look read the families that it concerns, and no others', async () => {
  await using temp = await makeTemp();
  chmodSync(temp.path, 0o755);
  plant(temp.path, {
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
    'root/.bashrc': 'a\n',
    'etc/cron.d/a': '@daily root a\n',
    'etc/cron.d/job': '@daily root /opt/not-there-yet\n',
    'var/lib/dpkg/status': '',
  });
  const plain = hostAt(temp.path);
  const batches: (readonly FileEvent[])[] = [];
  let wish: FileWish | undefined;
  const host = {
    ...plain,
    fileEvents: (wanted: FileWish) => {
      wish = wanted;
      return Promise.resolve({
        batches: (async function* () {
          yield* await Promise.resolve(batches);
        })(),
        lost: () => 0,
        by: 'fanotify',
        gaps: [],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
  };
  const signal = AbortSignal.timeout(10_000);
  const look = async (): Promise<string[]> =>
    (await sensor.look(host, signal)).rows.map(({ path, digest, command }) => `${path} ${digest || command}`);
  const hear = async (...paths: string[]): Promise<readonly SensorEvent[]> => {
    batches.splice(0, batches.length, paths.map(event));
    await using listening = await listener.listen(host, signal);
    wish?.paths();
    const heard: SensorEvent[] = [];
    for await (const batch of listening.events) heard.push(...batch);
    return heard;
  };
  const first = await look();
  plant(temp.path, { 'root/.bashrc': 'b\n', 'etc/cron.d/b': '@daily root b\n' });
  assert.deepEqual(await hear('/etc/cron.d/b'), [{ timeMs: 7, kind: 'stale', table: 'start-points' }]);
  const second = await look();
  assert.deepEqual(
    second.filter((row) => !first.includes(row)),
    ['/etc/cron.d/b b'],
  );
  await hear('/root/.bashrc');
  assert.equal((await look()).filter((row) => !second.includes(row)).length, 1);
  plant(temp.path, { 'etc/cron.d/c': '@daily root c\n', 'root/.profile': 'c\n' });
  await hear('/etc/passwd');
  assert.equal((await look()).length, second.length + 2);
  assert.ok(wish?.paths().includes('/root/.bashrc'));
  assert.ok(wish?.paths().includes('/opt/not-there-yet'), 'a program of no package is heard of when it comes');
  assert.deepEqual(await hear('/root/a/src/x.c'), [], 'what nobody reads asks for no look');
  assert.equal((await hear('/root/a/.git/hooks/post-checkout')).length, 1);
});

test('a loss and a folder that went make everything below it be read', async () => {
  await using temp = await makeTemp();
  plant(temp.path, { 'etc/passwd': '', 'etc/cron.d/a': '@daily root a\n' });
  const host = hostAt(temp.path);
  const { Concerned } = await import('./start-points/touched.ts');
  const names = (path: string): string[] => [...new Concerned(['/root']).by(path)].map(({ name }) => name).sort();
  assert.deepEqual(names('/proc/sys/fs/binfmt_misc/register'), ['kernel']);
  assert.deepEqual(names('/etc/cron.d/x'), ['cron']);
  assert.deepEqual(names('/root/.config/systemd/user/a.service'), ['systemd']);
  assert.ok(names('/etc').length > 8);
  assert.deepEqual(names('/srv/x'), []);
  for (const path of [
    '/root/a/.git/hooks/post-checkout',
    '/root/a/.git/config',
    '/root/a',
    '/root/.local/lib/python3.11',
  ])
    assert.deepEqual(
      names(path).filter((name) => name === 'interpreters'),
      ['interpreters'],
      path,
    );
  for (const path of ['/root/a/src/x.c', '/root/a/.git/index', '/root/.local/lib/python3.11/site-packages/x/a.py'])
    assert.deepEqual(names(path), [], path);
  assert.equal(host.packaged.size, 0);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import type { KernelEvent } from '#model/host.ts';
import type { Kernel, Stirrings } from '#model/kernel.ts';
import { captureFolder, type MadeFile } from '#test/lab/captured-folder.ts';
import { fakeHost, fakeProcess } from '#test/lab/fake-host.ts';
import mountEvents from './mount-events.ts';
import { heardMounter, mounterNow } from './mount-makers.ts';
import sensor, { mountListener } from './mounts.ts';

const signal = new AbortController().signal;
const line = (id: number, point: string, rest = '- ext4 /dev/sda1 rw', more = 'rw,relatime'): string =>
  `${id} 1 8:1 / ${point} ${more} ${rest}\n`;

const sound = {
  '/proc/self/mountinfo':
    line(1, '/') +
    line(2, '/tmp', 'shared:5 - tmpfs tmpfs rw', 'rw,nosuid,nodev,noexec') +
    line(3, '/srv', '- ext4 /dev/sdb1 ro') +
    '4 1 8:1 /home/evil /etc/cron.d rw - ext4 /dev/sda1 rw\n' +
    line(5, '/proc/4711', '- tmpfs none rw') +
    line(6, '/run/netns/blue', '- nsfs nsfs rw'),
  '/etc/fstab': '/dev/sdb1 /srv ext4 ro,user 0 2\n# nothing\n',
} satisfies Record<string, MadeFile>;

test('mounts and lines of fstab are rows with what they allow and what they cover', async () => {
  await using folder = await captureFolder(sound);
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.deepEqual(gaps, []);
  assert.deepEqual(
    rows.map((row) => `${row.kind} ${row.point} ${row.part} [${row.allows.join(', ')}] ${row.over} ${row.inFstab}`),
    [
      'mount / / [write, run programs, setuid, devices]  false',
      'mount /tmp / [write]  false',
      'mount /srv / [run programs, setuid, devices]  true',
      'mount /etc/cron.d /home/evil [write, run programs, setuid, devices] /etc/cron.d false',
      'mount /proc/4711 / [write, run programs, setuid, devices] /proc/4711 false',
      'at boot /srv /dev/sdb1 []  true',
    ],
  );
});

test('the same over itself is one row with two layers', async () => {
  await using folder = await captureFolder({
    '/proc/self/mountinfo': line(1, '/dev/shm', '- tmpfs tmpfs rw') + line(2, '/dev/shm', '- tmpfs tmpfs rw'),
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.map(({ layers }) => layers),
    [2],
  );
});

test('what is mounted once more over /proc covers it, and hidepid is said', async () => {
  await using folder = await captureFolder({
    '/proc/self/mountinfo':
      line(1, '/proc', '- proc proc rw') +
      line(2, '/proc', '- proc proc rw,hidepid=invisible') +
      line(3, '/sys', '- sysfs s rw') +
      line(4, '/sys', '- tmpfs t rw'),
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.map(
      (row) => `${row.point} ${row.type} ${row.layers} "${row.over}" ${row.allows.includes('hidden processes')}`,
    ),
    ['/proc proc 2 "/proc" true', '/sys sysfs 1 "" false', '/sys tmpfs 1 "/sys" false'],
  );
});

test('when /proc tells nothing any more it is covered, and what stood before is not gone', async () => {
  const host = { ...fakeHost(), kernel: {} as Kernel };
  host.disk.set('/proc/self/mountinfo', { content: Buffer.from(line(1, '/')), ctimeMs: 0, inode: 1 });
  await sensor.look(host, signal);
  host.disk.clear();
  const { rows, gaps } = await sensor.look(host, signal);
  assert.deepEqual(
    rows.map(({ point, type, over }) => `${point} ${type} ${over}`.trim()),
    ['/ ext4', '/proc unknown /proc'],
  );
  assert.equal(gaps.length, 1);
});

test('process 1 sees other mounts than we do: both are told, its view first', async () => {
  await using folder = await captureFolder({
    '/proc/1/ns/mnt': { link: 'mnt:[1]' },
    '/proc/self/ns/mnt': { link: 'mnt:[2]' },
    '/proc/1/mountinfo': line(1, '/') + line(2, '/srv'),
    '/proc/self/mountinfo': line(1, '/') + line(3, '/own'),
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.map(({ point, view }) => `${point} ${view}`),
    ['/ host', '/srv host', '/own own'],
  );
});

test('a change is seen, an unchanged table is not read apart again', async () => {
  await using folder = await captureFolder({ '/proc/self/mountinfo': sound['/proc/self/mountinfo'] });
  const first = await sensor.look(folder.host, signal);
  assert.equal((await sensor.look(folder.host, signal)).rows, first.rows);
  folder.write('/proc/self/mountinfo', line(1, '/') + line(9, '/new'));
  assert.deepEqual(
    (await sensor.look(folder.host, signal)).rows.map(({ point }) => point),
    ['/', '/new'],
  );
});

test('who was heard mounting a moment ago is told with what is new, and with nothing else', async () => {
  await using folder = await captureFolder({ '/proc/self/mountinfo': line(1, '/') });
  const { host } = folder;
  const makers = async (): Promise<string[]> =>
    (await sensor.look(host, signal)).rows.map(({ point, mounter, pid }) => `${point} ${mounter} ${pid}`);
  heardMounter(host, fakeProcess({ pid: 9, exe: '/usr/bin/early' }));
  assert.deepEqual(await makers(), ['/  0'], 'what stood before');
  heardMounter(host, fakeProcess({ pid: 70, exe: '/usr/bin/mount' }));
  folder.write('/proc/self/mountinfo', line(1, '/') + line(9, '/new'));
  assert.deepEqual(await makers(), ['/  0', '/new /usr/bin/mount 70']);
  heardMounter(host, fakeProcess({ pid: 71, exe: '/opt/other' }));
  folder.write('/proc/self/mountinfo', line(1, '/', undefined, 'ro') + line(9, '/new'));
  assert.deepEqual(await makers(), ['/ /opt/other 71', '/new /usr/bin/mount 70'], 'mounted anew');
});

test('who mounts in a container is not taken for who mounted here', async () => {
  const host = fakeHost();
  const links = new Map([
    ['/proc/1/ns/mnt', 'mnt:[1]'],
    ['/proc/self/ns/mnt', 'mnt:[1]'],
    ['/proc/70/ns/mnt', 'mnt:[1]'],
    ['/proc/80/ns/mnt', 'mnt:[2]'],
  ]);
  const readlink = (path: string) => links.get(path) ?? { error: 'ENOENT', path };
  Object.assign(host.files, { readlink });
  const event = (pid: number, parentPid: number) => {
    const process = fakeProcess({ pid, parentPid });
    host.table.set(pid, process);
    return { kind: 'mount', timeMs: 0, pid, process } as unknown as KernelEvent;
  };
  async function* batches(): AsyncGenerator<readonly KernelEvent[]> {
    event(80, 1);
    // Number 81 is gone; its parent is in the container.
    for (const one of [event(70, 1), event(80, 1), event(81, 80)]) {
      yield [one];
      await Promise.resolve();
    }
  }
  const end = () => Promise.resolve();
  const kernel = { batches: batches(), lost: () => 0, by: 'tracefs', gaps: [], [Symbol.asyncDispose]: end };
  Object.assign(host, { kernelEvents: () => Promise.resolve(kernel) });
  const listening = await mountEvents.listen(host, signal);
  const told: number[] = [];
  for await (const batch of listening.events) told.push(batch.length);
  assert.deepEqual(told, [1, 0, 0]);
  assert.equal(mounterNow(host).pid, 70);
});

test('damaged lines and a table that cannot be read are gaps', async () => {
  await using folder = await captureFolder({
    '/proc/self/mountinfo': `garbage\n${line(1, '/')}`,
    '/etc/fstab': 'half a\n',
  });
  const { rows, gaps } = await sensor.look(folder.host, signal);
  assert.equal(rows.length, 1);
  assert.deepEqual(gaps.map(({ what }) => what).sort(), ['/etc/fstab', '/proc/self/mountinfo']);
  await using refused = await captureFolder({ '/proc/self/mountinfo': { folder: true, mode: 0o755 } });
  assert.deepEqual((await sensor.look(refused.host, signal)).gaps, [{ what: '/proc/self/mountinfo', why: 'EISDIR' }]);
});

test('the listener asks for a look each time the kernel stirs, and is silent where it cannot hear', async () => {
  async function* twice(): AsyncGenerator<number> {
    yield 1;
    yield 2;
  }
  const heard: Stirrings = { times: twice(), deaf: undefined, [Symbol.asyncDispose]: () => Promise.resolve() };
  const kernel = { stirrings: () => heard } as unknown as Kernel;
  await using listening = await mountListener.listen({ ...fakeHost(), kernel }, signal);
  const kinds: string[] = [];
  for await (const batch of listening.events) kinds.push(...batch.map(({ kind, table }) => `${kind} ${table}`));
  assert.deepEqual(kinds, ['stale mounts', 'stale mounts']);

  const deaf = { stirrings: () => ({ ...heard, deaf: 'EPERM' }) } as unknown as Kernel;
  const stop = new AbortController();
  await using silent = await mountListener.listen({ ...fakeHost(), kernel: deaf }, stop.signal);
  assert.deepEqual(silent.gaps, [{ what: 'mounts', why: 'EPERM', reduced: true }]);
  assert.equal(silent.by, 'polling');
  const next = silent.events[Symbol.asyncIterator]().next();
  stop.abort();
  assert.deepEqual((await next).value, []);
});

test('a folder bound on itself covers nothing, nor does what only our sandbox closes', async () => {
  await using folder = await captureFolder({
    '/proc/1/ns/mnt': { link: 'mnt:[1]' },
    '/proc/self/ns/mnt': { link: 'mnt:[2]' },
    '/proc/1/mountinfo': line(1, '/') + '2 1 8:1 /usr /usr ro - ext4 /dev/sda1 rw\n',
    '/proc/self/mountinfo':
      '3 1 0:5 /systemd/inaccessible/dir /usr/lib/modules ro - tmpfs tmpfs rw\n' +
      '4 1 0:6 / /etc/ssh rw - tmpfs x rw\n',
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.map(({ point, over }) => `${point} [${over}]`),
    ['/ []', '/usr []', '/usr/lib/modules []', '/etc/ssh [/etc/ssh]'],
  );
});

test('what an automatic mount brings is no row; what is bound there, or triggered elsewhere, is', async () => {
  await using folder = await captureFolder({
    '/proc/self/mountinfo':
      line(1, '/boot/efi', '- autofs systemd-1 rw') +
      line(2, '/boot/efi', '- vfat /dev/sda1 rw') +
      '3 1 8:1 /evil /boot/efi rw - ext4 /dev/sda2 rw\n' +
      line(4, '/etc/cron.d', '- autofs x rw') +
      line(5, '/etc/cron.d', '- tmpfs x rw'),
  });
  const { rows } = await sensor.look(folder.host, signal);
  assert.deepEqual(
    rows.map(({ point, type }) => `${point} ${type}`),
    ['/boot/efi ext4', '/etc/cron.d autofs', '/etc/cron.d tmpfs'],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileStat, Host, KernelEvent } from '#model/host.ts';
import { eventOf, fakeSockets, fileStat, processOf, socketOf } from '#test/lab/fake-sockets.ts';
import sensor, { type DisagreementRow } from './disagreements.ts';
import { fileViewsOf } from './file-views.ts';
import { translator } from './socket-events.ts';
import { viewsOf } from './socket-views.ts';
import socketsSensor from './sockets.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5000);
const nc = processOf({ pid: 4711, comm: 'nc', exe: '/tmp/nc', user: 'bob', uid: 1000, cgroup: '0::/\n' });
const door = { localPort: 4444, inode: 812_345 };
const opens = (more: Partial<KernelEvent> = {}): KernelEvent =>
  eventOf({ process: nc, pid: 4711, port: 4444, ...more });

/** sshd stands, events are heard, one look was taken; `fd` is what /proc/4711/fd says. */
async function watched(options: { readonly lists?: boolean } = {}) {
  const fake = fakeSockets();
  const { lost, fd, folders } = { lost: { events: 0 }, fd: new Map<string, string>(), folders: new Map() };
  fake.processes.set(801, processOf());
  fake.processes.set(4711, nc);
  fake.sockets = [{ socket: socketOf(), pids: [801] }];
  fake.stats.set('/proc/4711', fileStat({ type: 'directory' }));
  const files: Host['files'] = {
    ...fake.host.files,
    list: (path) => (path === '/proc/4711/fd' && options.lists !== false ? [...fd.keys()] : (folders.get(path) ?? [])),
    readlink: (path) => fd.get(path.slice('/proc/4711/fd/'.length)) ?? { error: 'ENOENT', path },
  };
  const host: Host = { ...fake.host, files: options.lists === false ? { ...files, list: gone } : files };
  viewsOf(host).arm({ tellsListen: true, lost: () => lost.events });
  const look = async (meanwhile?: () => void): Promise<void> => {
    fake.passMs(10_000);
    meanwhile?.();
    await socketsSensor.look(host, soon());
  };
  await look();
  const rows = async (): Promise<readonly DisagreementRow[]> => (await sensor.look(host, soon())).rows;
  const named = async () => (await rows()).map(({ thing, shownBy, name }) => `${thing} ${shownBy} ${name}`);
  return { fake, host, lost, fd, folders, look, rows, named, translate: translator(host) };
}

const gone = (path: string) => ({ error: 'ENOENT', path });

test('a listener that was told, and is in no listing while its process holds it, is told in its second absence', async () => {
  const at = await watched();
  at.translate(opens());
  at.fd.set('3', 'socket:[812345]').set('4', 'socket:[100]').set('5', '/dev/null');
  await at.look();
  assert.deepEqual(await at.named(), []);
  await at.look();
  const [row] = await at.rows();
  assert.equal(row?.name, 'tcp 0.0.0.0:4444');
  assert.deepEqual([row.shownBy, row.pid, row.exe, row.user], ['events', 4711, '/tmp/nc', 'bob']);
  assert.equal(row.proof, 'process 4711 holds socket 812345, which no listing has');
  at.fake.sockets = [...at.fake.sockets, { socket: socketOf(door), pids: [4711] }];
  await at.look();
  assert.deepEqual(await at.named(), [], 'shown again');
});

test('a rootkit that is loaded later hides a listener that was shown for long', async () => {
  const at = await watched();
  const shown = [...at.fake.sockets, { socket: socketOf(door), pids: [4711] }];
  at.translate(opens());
  at.fd.set('3', 'socket:[812345]');
  for (const listing of [shown, shown, at.fake.sockets, at.fake.sockets]) {
    assert.deepEqual(await at.named(), []);
    at.fake.sockets = [...listing];
    await at.look();
  }
  assert.deepEqual(await at.named(), ['listener events tcp 0.0.0.0:4444']);
});

test('a process whose descriptors are hidden as well still answers to its number', async () => {
  const at = await watched({ lists: false });
  at.translate(opens());
  await at.look();
  await at.look();
  assert.match((await at.rows())[0]?.proof ?? '', /its descriptors are hidden/);
});

const ends: readonly [name: string, act: (at: Awaited<ReturnType<typeof watched>>) => void][] = [
  ['its end was told', ({ translate }) => translate(opens({ kind: 'unlisten' }))],
  ['its end was told without its namespace', ({ translate }) => translate(opens({ kind: 'unlisten', namespace: 0 }))],
  ['its process is gone', ({ fake }) => fake.stats.delete('/proc/4711')],
  ['another process has its number', ({ fake }) => fake.processes.set(4711, { ...nc, startedMs: 5 })],
  ['events were lost', ({ lost }) => (lost.events += 1)],
  ['its process holds no socket but those that are listed', ({ fd }) => fd.set('3', 'socket:[100]')],
];
for (const [name, act] of ends)
  test(`no hidden listener: ${name}`, async () => {
    const at = await watched();
    at.translate(opens());
    at.fd.set('3', 'socket:[812345]');
    await at.look();
    act(at);
    for (let looks = 0; looks < 3; looks += 1) {
      await at.look();
      assert.deepEqual(await at.named(), []);
    }
  });

test('while a part of the sockets cannot be seen, nothing is denied', async () => {
  const at = await watched();
  at.translate(opens());
  at.fd.set('3', 'socket:[812345]');
  const { network } = at.host;
  const gaps = [{ what: 'web-1', why: 'EACCES' }];
  const blind = { ...network, snapshot: async (want: never) => ({ ...(await network.snapshot(want)), gaps }) };
  Object.assign(at.host, { network: blind });
  for (let looks = 0; looks < 3; looks += 1) await at.look();
  assert.deepEqual(await at.named(), []);
});

test('a listener that no event told is told when its event had time enough, and goes with it', async () => {
  const at = await watched();
  at.fake.sockets = [...at.fake.sockets, { socket: socketOf(door), pids: [4711] }];
  await at.look();
  await at.look();
  assert.deepEqual(await at.named(), [], 'an event may be late');
  await at.look();
  const [row] = await at.rows();
  assert.deepEqual([row?.shownBy, row?.name, row?.pid], ['look', 'tcp 0.0.0.0:4444', 4711]);
  await at.look();
  assert.equal((await at.rows()).length, 1, 'it stays while it stands');
  at.fake.sockets = at.fake.sockets.slice(0, 1);
  await at.look();
  assert.deepEqual(await at.named(), []);
});

const innocent: readonly [
  name: string,
  act: (at: Awaited<ReturnType<typeof watched>>) => void,
  socket?: Parameters<typeof socketOf>[0],
][] = [
  ['its event comes late', ({ translate }) => translate(opens())],
  ['its port was chosen by the kernel after it was told', ({ translate }) => translate(opens({ port: 0 }))],
  ['it was told without its namespace', ({ translate }) => translate(opens({ namespace: 0 }))],
  ['events were lost', ({ lost }) => (lost.events += 1)],
  ['it is our own', ({ host }) => host.own.add(4711)],
  ['its process is of another namespace', ({ fake }) => fake.processes.set(4711, { ...nc, namespace: 2 })],
  [
    'nothing of its namespace was seen before',
    ({ fake }) => fake.processes.set(4711, { ...nc, namespace: 3 }),
    { namespace: 3 },
  ],
];
for (const [name, act, socket] of innocent)
  test(`no untold listener: ${name}`, async () => {
    const at = await watched();
    if (socket !== undefined || name.startsWith('it is our') || name.startsWith('its process')) act(at);
    at.fake.sockets = [...at.fake.sockets, { socket: socketOf({ ...door, ...socket }), pids: [4711] }];
    await at.look();
    for (let looks = 0; looks < 4; looks += 1) {
      act(at);
      await at.look();
      assert.deepEqual(await at.named(), []);
    }
  });

test('while events of before are still being read, one may be of it', async () => {
  const at = await watched();
  at.fake.sockets = [...at.fake.sockets, { socket: socketOf(door), pids: [4711] }];
  for (let looks = 0; looks < 5; looks += 1) {
    await at.look(() => viewsOf(at.host).heardUntil(1));
    assert.deepEqual(await at.named(), []);
  }
  await at.look(() => viewsOf(at.host).heardUntil(at.host.clock.nowMs()));
  assert.equal((await at.named()).length, 1);
});

test('a listener that one dump left out is no new one', async () => {
  const at = await watched();
  const [sshd] = at.fake.sockets;
  assert.ok(sshd !== undefined);
  at.fake.sockets = [{ socket: socketOf({ localPort: 80, inode: 7 }), pids: [801] }];
  await at.look();
  at.fake.sockets.push(sshd);
  for (let looks = 0; looks < 4; looks += 1) await at.look();
  assert.deepEqual(await at.named(), ['listener look tcp 0.0.0.0:80'], 'only what was never seen');
});

test('a source that does not tell of every listener is not held against the look', async () => {
  const at = await watched();
  viewsOf(at.host).arm({ lost: () => 0 });
  await at.look();
  at.fake.sockets = [...at.fake.sockets, { socket: socketOf(door), pids: [4711] }];
  for (let looks = 0; looks < 4; looks += 1) await at.look();
  at.translate(opens({ port: 5555 }));
  for (let looks = 0; looks < 4; looks += 1) await at.look();
  assert.deepEqual(await at.named(), []);
});

/** The file /etc/x was made; `stat` is what it is at each look, `listed` what its folder shows. */
async function fileLooks(looks: readonly { readonly stat?: FileStat; readonly listed?: readonly string[] }[]) {
  const at = await watched();
  fileViewsOf(at.host).heard('/etc/x', 5);
  const told: string[][] = [];
  for (const { stat, listed } of looks) {
    at.fake.passMs(10_000);
    if (stat === undefined) at.fake.stats.delete('/etc/x');
    else at.fake.stats.set('/etc/x', stat);
    if (listed === undefined) at.folders.set('/etc', { error: 'EACCES', path: '/etc' });
    else at.folders.set('/etc', listed);
    told.push(await at.named());
  }
  return told;
}

const there = fileStat({ inode: 9 });

test('a file that can be opened and is not listed is told in the second look', async () => {
  const unlisted = { stat: there, listed: ['hosts'] };
  const told = ['file events /etc/x'];
  assert.deepEqual(await fileLooks([unlisted, unlisted, unlisted, { listed: [] }]), [[], told, told, []]);
  assert.deepEqual(
    await fileLooks([
      { stat: there, listed: [] },
      { stat: there, listed: [] },
    ]),
    [[], told],
    'alone there',
  );
});

test('no hidden file: listed, gone, made anew, in a folder that cannot be read, or in other letters', async () => {
  const quiet = [[], [], []];
  const unlisted = { stat: there, listed: ['hosts'] };
  assert.deepEqual(await fileLooks([{ stat: there, listed: ['x'] }, unlisted, unlisted]), quiet);
  assert.deepEqual(await fileLooks([unlisted, { listed: ['hosts'] }, unlisted]), quiet);
  assert.deepEqual(await fileLooks([unlisted, { stat: fileStat({ inode: 10 }), listed: ['hosts'] }, {}]), quiet);
  assert.deepEqual(await fileLooks([{ stat: there }, unlisted, unlisted]), quiet);
  assert.deepEqual(await fileLooks([{ stat: there, listed: ['X'] }, unlisted, unlisted]), quiet);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventOf, type FakeSockets, fakeSockets, fileStat, processOf, socketOf } from '#test/lab/fake-sockets.ts';
import { translator } from './socket-events.ts';
import sensor from './sockets.ts';

const look = async (fake: FakeSockets) => (await sensor.look(fake.host, AbortSignal.timeout(5000))).rows;
const udp = (more: object = {}) =>
  socketOf({ protocol: 'udp', state: 'UNCONN', localPort: 40_001, inode: 300, ...more });

function sshd(): FakeSockets {
  const fake = fakeSockets();
  fake.processes.set(801, processOf());
  return fake;
}

test('a listener is a row with its process, unit, package and user', async () => {
  const fake = sshd();
  fake.sockets = [{ socket: socketOf(), pids: [801] }];
  const [row] = await look(fake);
  assert.equal(row?.exe, '/usr/sbin/sshd');
  assert.equal(row.unit, 'ssh.service');
  assert.equal(row.package, 'openssh-server');
  assert.equal(row.packageState, 'packaged');
  assert.equal(row.early, true);
});

test('connections, unnamed sockets and connected Unix streams are no rows', async () => {
  const fake = sshd();
  const sockets = [
    socketOf({ state: 'ESTAB', remotePort: 5022, inode: 1 }),
    udp({ state: 'ESTAB', remotePort: 53, inode: 2 }),
    socketOf({ family: 'unix', protocol: 'stream', state: 'ESTAB', path: '/run/x.sock', inode: 3 }),
    socketOf({ family: 'unix', protocol: 'dgram', state: 'UNCONN', path: '', inode: 4 }),
    socketOf({ family: 'netlink', protocol: 'netlink', state: 'UNCONN', portId: 0, inode: 5 }),
  ];
  fake.sockets = sockets.map((socket) => ({ socket, pids: [801] }));
  assert.deepEqual(await look(fake), []);
});

test('a datagram socket that somebody has connected to still receives', async () => {
  const fake = sshd();
  fake.sockets = [
    {
      socket: socketOf({ family: 'unix', protocol: 'dgram', state: 'ESTAB', path: '/run/systemd/notify' }),
      pids: [801],
    },
  ];
  assert.equal((await look(fake)).length, 1);
});

test('sockets of one identity are one row, told by its oldest process', async () => {
  const fake = sshd();
  fake.processes.set(802, processOf({ pid: 802, startedMs: processOf().startedMs + 1000 }));
  fake.sockets = [
    { socket: socketOf({ inode: 2 }), pids: [802] },
    { socket: socketOf({ inode: 1 }), pids: [801] },
  ];
  const rows = await look(fake);
  assert.equal(rows.length, 1);
  assert.equal(rows[0]?.count, 2);
  assert.equal(rows[0].pid, 801);
  assert.deepEqual(rows[0].holders, ['sshd (801)', 'sshd (802)']);
});

test('UDP on a port of clients becomes a row after a minute, on any other port at once', async () => {
  const fake = sshd();
  await look(fake);
  fake.sockets = [
    { socket: udp(), pids: [801] },
    { socket: udp({ localPort: 5300, inode: 301 }), pids: [801] },
  ];
  assert.deepEqual(
    (await look(fake)).map((row) => row.port),
    [5300],
  );
  fake.passMs(59_000);
  assert.equal((await look(fake)).length, 1);
  fake.passMs(2000);
  const rows = await look(fake);
  assert.deepEqual(
    rows.map((row) => [row.port, row.ephemeral]),
    [
      [5300, false],
      [40_001, true],
    ],
  );
});

test('UDP that was bound by number is no client on any port: the kernel knows, and is asked once', async () => {
  const fake = sshd();
  await look(fake);
  fake.sockets = [
    { socket: udp({ inode: 301 }), pids: [801] },
    { socket: udp({ localPort: 40_002, inode: 302 }), pids: [801] },
  ];
  fake.boundByNumber.add(301);
  const found = async (): Promise<unknown> => (await look(fake)).map((row) => [row.port, row.ephemeral]);
  assert.deepEqual(await found(), [[40_001, false]]);
  fake.boundByNumber.clear();
  fake.processes.set(801, processOf({ comm: 'renamed' }));
  assert.deepEqual(await found(), [[40_001, false]], 'built anew, it stays one');
});

test('a socket whose holder cannot be found any more is still the one of the program that opened it', async () => {
  const fake = sshd();
  await look(fake);
  const listener = socketOf({ inode: 301 });
  fake.sockets = [{ socket: listener, pids: [801] }];
  const [before] = await look(fake);
  fake.sockets = [{ socket: listener, pids: [] }];
  assert.deepEqual(await look(fake), [before], 'its process is hidden');
  fake.sockets = [{ socket: { ...listener, inode: 302 }, pids: [] }];
  assert.deepEqual(await look(fake), [], 'another socket: its process may have ended just now, and it with it');
  assert.equal((await look(fake))[0]?.exe, '', 'it stands');
  translator(fake.host)(eventOf({ port: 23 }));
  const told = { socket: socketOf({ inode: 303, localPort: 23 }), pids: [] };
  fake.sockets = [told];
  assert.deepEqual(
    (await look(fake)).map(({ exe, inode }) => [exe, inode]),
    [['/usr/sbin/sshd', 303]],
    'an event told who',
  );
  fake.sockets = [{ ...told, pids: [801] }];
  assert.equal((await look(fake))[0]?.unit, 'ssh.service', 'it was found after all');
});

test('what serves port 53 asks from its other UDP ports: no rows, but for those that stand, and its other doors', async () => {
  const fake = sshd();
  const dns = processOf({ pid: 900, exe: '/usr/sbin/unbound', uid: 107, comm: 'unbound' });
  fake.processes.set(900, dns);
  const question = (port: number, inode: number) => ({ socket: udp({ localPort: port, inode }), pids: [900] });
  const doors = [question(53, 501), question(5353, 502)];
  fake.sockets = doors;
  const [first, second] = await look(fake);
  assert.deepEqual(
    [first?.ephemeral, second?.ephemeral],
    [false, true],
    'at the first look a door looks as a question',
  );
  fake.passMs(300_000);
  assert.deepEqual(
    (await look(fake)).map((row) => row.ephemeral),
    [false, false],
    'it stands: a door',
  );
  const found = async (): Promise<number[]> => (await look(fake)).map((row) => row.port);
  fake.boundByNumber.add(504);
  fake.sockets = [...doors, question(17_001, 503), question(40_001, 504), { socket: udp({ inode: 505 }), pids: [801] }];
  assert.deepEqual(await found(), [53, 5353]);
  const event = (port: number, process = dns) =>
    translator(fake.host)(eventOf({ kind: 'bind', protocol: 'udp', port, process }))?.kind;
  assert.equal(event(17_002), undefined, 'by event as well');
  assert.equal(event(5353), 'appeared', 'a door of its own, opened again');
  assert.equal(event(853), 'appeared', 'nobody asks from a privileged port');
  assert.equal(event(17_002, processOf()), 'appeared', 'somebody else');
  fake.passMs(61_000);
  assert.deepEqual(await found(), [53, 5353, 17_001, 40_001, 40_001]);
});

test("of the resolver that a container engine opens at each start the port is no part; others' ports are", async () => {
  const fake = sshd();
  const at = { localAddress: '127.0.0.11', localPort: 40_777, namespace: 2 };
  fake.sockets = [
    { socket: socketOf({ ...at, inode: 401 }), pids: [801] },
    { socket: udp({ ...at, localPort: 40_778, inode: 402 }), pids: [801] },
    { socket: socketOf({ ...at, localPort: 5300, inode: 403 }), pids: [801] },
    { socket: socketOf({ localAddress: '127.0.0.1', localPort: 40_779, inode: 404 }), pids: [801] },
    { socket: socketOf({ localAddress: '0.0.0.0', localPort: 40_780, namespace: 2, inode: 405 }), pids: [801] },
    { socket: socketOf({ localAddress: '127.0.0.1', localPort: 40_781, namespace: 2, inode: 406 }), pids: [801] },
  ];
  const rows = await look(fake);
  const ports = rows.map(({ protocol, port, pathNow }) => [protocol, port, pathNow]);
  assert.deepEqual(
    ports.filter(([, port]) => port === 0),
    [
      ['tcp', 0, 'port 40777'],
      ['tcp', 0, 'port 40781'],
      ['udp', 0, 'port 40778'],
    ],
  );
  assert.deepEqual(
    ports.filter(([, port]) => port !== 0).map(([, port]) => port),
    [5300, 40_779, 40_780],
  );
});

test('a client that comes back on the same port is another socket and waits anew', async () => {
  const fake = sshd();
  await look(fake);
  fake.sockets = [{ socket: udp(), pids: [801] }];
  await look(fake);
  fake.passMs(50_000);
  fake.sockets = [{ socket: udp({ inode: 999 }), pids: [801] }];
  await look(fake);
  fake.passMs(20_000);
  assert.deepEqual(await look(fake), []);
});

test('at the first look the age of the process stands for that of the socket', async () => {
  const old = sshd();
  old.sockets = [{ socket: udp(), pids: [801] }];
  assert.equal((await look(old)).length, 1);
  const young = fakeSockets();
  young.processes.set(801, processOf({ startedMs: young.host.clock.nowMs() - 10_000 }));
  young.sockets = old.sockets;
  assert.deepEqual(await look(young), []);
});

test('the user who made a socket stays when the program drops its rights', async () => {
  const fake = sshd();
  fake.sockets = [{ socket: socketOf(), pids: [801] }];
  const before = await look(fake);
  fake.processes.set(801, processOf({ uid: 106, user: 'sshd' }));
  const after = await look(fake);
  assert.equal(after[0]?.user, before[0]?.user);
  assert.equal(after[0]?.runsAs, 'sshd');
});

test('a look in which nothing differs makes no row anew; a new state of the executable does', async () => {
  const fake = sshd();
  fake.sockets = [{ socket: socketOf(), pids: [801] }];
  const [first] = await look(fake);
  assert.equal((await look(fake))[0], first);
  fake.processes.set(801, processOf({ exeState: 'replaced' }));
  const [later] = await look(fake);
  assert.equal(later?.exeState, 'replaced');
  assert.equal(later.early, true);
});

test('a file that took the place of a running one is held against its package', async () => {
  const fake = sshd();
  fake.sockets = [{ socket: socketOf(), pids: [801] }];
  await look(fake);
  fake.stats.set('/usr/sbin/sshd', fileStat());
  fake.processes.set(801, processOf({ exeState: 'replaced' }));
  fake.differs.add('/usr/sbin/sshd');
  assert.deepEqual(
    (await look(fake)).map(({ altered, exeState }) => [altered, exeState]),
    [[true, 'replaced']],
  );
});

test('the place and the mode of what everyone may write are told', async () => {
  const fake = sshd();
  fake.processes.set(802, processOf({ pid: 802, exe: '/srv/open/bin/x' }));
  fake.stats.set('/srv', fileStat({ type: 'directory', mode: 0o40755 }));
  fake.stats.set('/srv/open', fileStat({ type: 'directory', mode: 0o41777 }));
  fake.stats.set('/run/x.sock', fileStat({ type: 'socket', mode: 0o140666 }));
  fake.sockets = [
    { socket: socketOf({ inode: 1 }), pids: [802] },
    { socket: socketOf({ inode: 2, family: 'unix', protocol: 'stream', path: '/run/x.sock' }), pids: [801] },
  ];
  const [open, unix] = await look(fake);
  assert.equal(open?.exePlace, '/srv/open');
  assert.equal(open.packageState, 'unpackaged');
  assert.equal(unix?.mode, '0666');
  assert.equal(unix.owner, 'root');
});

test('a path that is another file for the process than for us belongs to no package of ours', async () => {
  const fake = sshd();
  fake.stats.set('/usr/sbin/sshd', fileStat({ inode: 5 }));
  fake.stats.set('/proc/801/root/usr/sbin/sshd', fileStat({ inode: 6 }));
  fake.sockets = [{ socket: socketOf(), pids: [801] }];
  assert.equal((await look(fake))[0]?.packageState, 'unpackaged');
  const contained = fakeSockets();
  contained.processes.set(
    801,
    processOf({ cgroup: `0::/system.slice/docker-${'4c01db0b339c'.repeat(6).slice(0, 64)}.scope` }),
  );
  contained.stats.set('/usr/sbin/sshd', fileStat({ inode: 5 }));
  contained.stats.set('/proc/801/root/usr/sbin/sshd', fileStat({ inode: 6 }));
  contained.sockets = fake.sockets;
  assert.equal((await look(contained))[0]?.packageState, 'unknown');
  contained.stats.delete('/proc/801/root/usr/sbin/sshd');
  contained.passMs(400_000);
  assert.equal((await look(contained))[0]?.packageState, 'unknown');
  contained.processes.set(801, processOf());
  assert.equal((await look(contained))[0]?.packageState, 'packaged');
});

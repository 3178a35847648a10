import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SocketSnapshot } from '#model/host.ts';
import { FakeClock } from '#test/lab/fake-host.ts';
import { fakeDoor, LINUX_OPTIONS } from '#test/lab/fake-packets.ts';
import { processOf, socketOf } from '#test/lab/fake-sockets.ts';
import { type ScanScene, scanScene } from '#test/lab/scan-scene.ts';

/** One open session in utmp(5). */
function utmp(user: string, from: string, pid: number, timeMs: number): Buffer {
  const bytes = Buffer.alloc(384);
  bytes.writeUInt16LE(7, 0);
  bytes.writeInt32LE(pid, 4);
  bytes.write('pts/0', 8);
  bytes.write(user, 44);
  bytes.write(from, 76);
  bytes.writeUInt32LE(Math.floor(timeMs / 1000), 340);
  return bytes;
}

function logIn(on: ScanScene, user: string, from: string): void {
  on.host.table.set(900, processOf({ pid: 900 }));
  on.host.disk.set('/run/utmp', { content: utmp(user, from, 900, on.host.clock.nowMs()), ctimeMs: 1, inode: 1 });
}

const logins = async (on: ScanScene) => (await on.rows()).filter(({ form }) => form === 'login');

function scan(on: ScanScene, from: string, to = '192.0.2.1'): void {
  for (const port of [21, 23, 24, 25, 26]) on.probe(from, port, { to });
  on.probe(from, 22, { to, answer: 'open' });
}

test('who scanned and logs in later is one row, who only logs in is none; it goes with the session', async () => {
  await using on = await scanScene();
  scan(on, '198.51.100.7');
  await on.wait(62_000);
  await on.rows();
  logIn(on, 'eve', '198.51.100.8');
  assert.deepEqual(await logins(on), []);
  await on.wait(3_600_000);
  logIn(on, 'bob', '198.51.100.7');
  const [row, ...more] = await logins(on);
  assert.deepEqual(
    [row?.source, row?.user, row?.score, more.length],
    ['198.51.100.7', 'bob', 'scanned this host 1 h before', 0],
  );
  on.host.disk.delete('/run/utmp');
  assert.deepEqual(await logins(on), []);
});

test('the scanner is remembered over a restart, and a whole /64 is one sender', async () => {
  const texts = new Map<string, string>();
  const clock = new FakeClock();
  {
    await using on = await scanScene(fakeDoor({}, texts), clock);
    scan(on, '2001:db8:0:7::1', '2001:db8::1');
    await on.wait(62_000);
    await on.rows();
    assert.deepEqual(await on.rows(), []);
  }
  assert.match(texts.get('past-scanners') ?? '', /^20010db800000007 \d+ 0 22\n$/);
  texts.set('past-scanners', `damaged\n12 x\n${texts.get('past-scanners') ?? ''}`);
  await using on = await scanScene(fakeDoor({}, texts), clock);
  logIn(on, 'bob', '2001:db8:0:7::2');
  on.probe('2001:db8:0:7::2', 22, { to: '2001:db8::1', options: LINUX_OPTIONS, window: 64_240, answer: 'open' });
  await on.wait(300);
  assert.deepEqual((await on.rows()).map(({ form, source }) => `${form} ${source}`).toSorted(), [
    'login 2001:db8:0:7::2',
    'return 2001:db8:0:7::2',
  ]);
});

test('after a return the connections of sshd are asked as well, but only those past the password', async () => {
  await using on = await scanScene();
  scan(on, '198.51.100.7');
  await on.wait(62_000);
  await on.rows();
  on.host.table.set(900, processOf({ pid: 900, cmdline: 'sshd: bob [priv]' }));
  let asked = 0;
  const socket = socketOf({ state: 'ESTAB', remoteAddress: '198.51.100.7', remotePort: 50_000 });
  on.host.network.snapshot = () => {
    asked += 1;
    const snapshot: SocketSnapshot = {
      length: 1,
      at: () => socket,
      ownersOf: () => [900],
      gaps: [],
      by: '',
      takenMs: 0,
    };
    return Promise.resolve(snapshot);
  };
  await on.rows();
  assert.equal(asked, 0);
  on.probe('198.51.100.7', 22, { options: LINUX_OPTIONS, window: 64_240, sourcePort: 51_000, answer: 'open' });
  await on.wait(1_500);
  assert.deepEqual(await logins(on), []);
  assert.equal(asked, 1);
  on.host.table.set(900, processOf({ pid: 900, cmdline: 'sshd: bob@notty' }));
  assert.deepEqual(
    (await logins(on)).map(({ source, user, score }) => [source, user, score.slice(0, 17)]),
    [['198.51.100.7', 'bob', 'scanned this host']],
  );
});

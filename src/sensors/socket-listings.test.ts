import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host, RawSocket } from '#model/host.ts';
import { fakeSockets, processOf, socketOf } from '#test/lab/fake-sockets.ts';
import sensor from './disagreements.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5000);
const udp = (more: Partial<RawSocket> = {}): RawSocket =>
  socketOf({ protocol: 'udp', state: 'UNCONN', localPort: 5353, inode: 500, ...more });
const unix = (more: Partial<RawSocket> = {}): RawSocket =>
  socketOf({
    family: 'unix',
    protocol: 'stream',
    localAddress: '',
    localPort: 0,
    path: '/run/x.sock',
    inode: 600,
    ...more,
  });

const udpLine = ({ localPort, inode }: RawSocket): string =>
  `  10: 00000000:${localPort.toString(16).padStart(4, '0').toUpperCase()} 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 ${inode} 2 0000000000000000 0`;
const unixLine = ({ path, inode }: RawSocket): string =>
  `0000000000000000: 00000002 00000000 00010000 0001 01 ${inode} ${path}`;

/** One listing of sockets, and the other; both may be set at any time, and `onRead` is called before each is read. */
function listed(dump: readonly RawSocket[], text: readonly RawSocket[]) {
  const fake = fakeSockets();
  fake.processes.set(4711, processOf({ pid: 4711, comm: 'nc', exe: '/tmp/nc' }));
  const at = { dump, text, by: 'sock_diag', inside: 1, dumps: 0, onRead: (_dumps: number): void => undefined };
  const of = (inode: number): readonly number[] => (at.dump.some((one) => one.inode === inode) ? [4711] : []);
  const host: Host = {
    ...fake.host,
    network: {
      ...fake.host.network,
      snapshot: () => {
        at.onRead((at.dumps += 1));
        const sockets = at.dump;
        const socket = (index: number): RawSocket => sockets[index] ?? socketOf();
        const ownersOf = (index: number): readonly number[] => of(socket(index).inode);
        return Promise.resolve({ length: sockets.length, at: socket, ownersOf, gaps: [], by: at.by, takenMs: 0 });
      },
    },
    files: {
      ...fake.host.files,
      read(path) {
        if (path === '/proc/1/net/udp')
          return Buffer.from(
            ['head', ...at.text.filter(({ protocol }) => protocol === 'udp').map(udpLine), ''].join('\n'),
          );
        if (path === '/proc/1/net/unix')
          return Buffer.from(
            ['head', ...at.text.filter(({ family }) => family === 'unix').map(unixLine), ''].join('\n'),
          );
        return { error: 'ENOENT', path };
      },
      list: (path) => (path === '/proc/4711/fd' ? ['3', '4'] : { error: 'ENOENT', path }),
      readlink(path) {
        if (path === '/proc/1/ns/net') return `net:[${at.inside}]`;
        return path === '/proc/4711/fd/3' ? 'socket:[500]' : { error: 'EINVAL', path };
      },
    },
  };
  const rows = async () => (await sensor.look(host, soon())).rows;
  const named = async () => (await rows()).map(({ shownBy, name, pid }) => `${shownBy}: ${name} of ${pid}`);
  return { at, fake, rows, named };
}

test('a UDP socket that a rootkit takes out of the dump is told, with who holds it', async () => {
  const { at, fake, rows, named } = listed([unix()], [udp(), unix()]);
  const [row] = await rows();
  assert.deepEqual([row?.thing, row?.shownBy, row?.name, row?.port], ['socket', '/proc/net', 'udp 0.0.0.0:5353', 5353]);
  assert.deepEqual([row?.pid, row?.exe, row?.namespace], [4711, '/tmp/nc', 'host']);
  assert.equal(row?.proof, 'socket 500 stands in /proc/net only, in 4 readings of both');
  at.dump = [udp(), unix()];
  assert.equal((await rows()).length, 1, 'no reading before its time');
  fake.passMs(60_000);
  assert.deepEqual(await named(), [], 'the views agree again');
});

test('UDP and Unix sockets that a rootkit takes out of /proc/net are told', async () => {
  const { named } = listed([udp(), unix(), unix({ inode: 601, path: '@x' })], [unix()]);
  assert.deepEqual(await named(), ['sock_diag: udp 0.0.0.0:5353 of 4711', 'sock_diag: unix @x of 4711']);
});

test('a Unix socket that only /proc/net shows is told though nobody is seen to hold it', async () => {
  assert.deepEqual(await listed([], [unix()]).named(), ['/proc/net: unix /run/x.sock of 0']);
});

test('a sound host tells nothing, and is read once a minute', async () => {
  const both = [udp(), unix(), unix({ inode: 601, path: '/run/a\nb', state: 'LISTEN' })];
  const { at, fake, named } = listed(both, both);
  for (let looks = 0; looks < 12; looks += 1) {
    assert.deepEqual(await named(), []);
    fake.passMs(10_000);
  }
  assert.equal(at.dumps, 2);
});

const innocent: readonly [name: string, change: (at: ReturnType<typeof listed>['at'], dumps: number) => void][] = [
  ['it came between the two readings', (at, dumps) => dumps === 2 && (at.dump = [udp()])],
  ['it went between them', (at, dumps) => dumps === 4 && (at.text = [])],
  ['sock_diag was refused', (at) => (at.by = '/proc/net')],
  ['its process went into another namespace', (at) => (at.inside = 2)],
  ['it is another one at each reading', (at, dumps) => (at.text = [udp({ inode: 500 + dumps })])],
];
for (const [name, change] of innocent)
  test(`no word: ${name}`, async () => {
    const { at, named } = listed([], [udp()]);
    at.onRead = (dumps) => {
      change(at, dumps);
    };
    assert.deepEqual(await named(), []);
  });

test('a connection, and what has no name or port, is not compared', async () => {
  const nameless = [udp({ localPort: 0 }), udp({ state: 'ESTAB', inode: 501 }), unix({ path: '' })];
  assert.deepEqual(await listed(nameless, []).named(), []);
});

test('a name with a newline cannot forge a socket', async () => {
  const forged = unix({ inode: 999, path: '/run/none' });
  const liar = unix({ inode: 601, path: `/tmp/a\n${unixLine(forged)}` });
  assert.deepEqual(await listed([liar], [liar]).named(), []);
});

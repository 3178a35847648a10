import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { Intake } from '#formats/sock-diag.ts';
import { SocketColumns } from '#formats/socket-columns.ts';
import { makeSlicer } from '#lib/slicer.ts';
import { isFailure } from '#model/host.ts';
import { openFiles } from './files.ts';
import type { Netlink } from './netlink.ts';
import { type Opened, type Outcome, openSockets, type ReadNet, takeSockets } from './sockdiag.ts';

const files = openFiles();
const readNet: ReadNet = (file) => files.read(`/proc/thread-self/net/${file}`);
const refused = { error: 'EPERM', path: 'sock_diag' };

async function take(opened: Opened, read = readNet): Promise<{ outcome: Outcome; ports: number[] }> {
  const columns = new SocketColumns();
  const intake: Intake = { columns, namespace: 7, what: 'receiving' };
  const outcome = await takeSockets(opened, intake, read, makeSlicer());
  return { outcome, ports: Array.from({ length: columns.length }, (_, i) => columns.at(i).localPort).filter(Boolean) };
}

async function withPorts<T>(act: (tcp: number, udp: number) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = createSocket('udp6').bind(0, '::1');
  await once(socket, 'listening');
  try {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return await act(address.port, socket.address().port);
  } finally {
    server.close();
    socket.close();
  }
}

test('without sock_diag the texts of /proc/net give the same sockets', async () => {
  await withPorts(async (tcp, udp) => {
    const opened = openSockets(readNet);
    assert.ok(!isFailure(opened.netlink));
    using _ = opened.netlink;
    const byKernel = await take(opened);
    const byText = await take({ netlink: refused, text: new Map() });
    for (const { ports } of [byKernel, byText]) assert.ok(ports.includes(tcp) && ports.includes(udp), String(ports));
    assert.deepEqual([byKernel.outcome.by, byText.outcome.by], ['sock_diag', '/proc/net']);
    assert.deepEqual([byKernel.outcome.gaps, byText.outcome.gaps], [[], []]);
  });
});

test('TCP over both families comes in one dump, and in two where the kernel refuses that', async () => {
  const four = createServer().listen(0, '127.0.0.1');
  const six = createServer().listen(0, '::1');
  await Promise.all([once(four, 'listening'), once(six, 'listening')]);
  try {
    const opened = openSockets(readNet);
    assert.ok(!isFailure(opened.netlink));
    using inner = opened.netlink;
    const families = async (refuse: boolean): Promise<{ kinds: string[]; requests: number[] }> => {
      const requests: number[] = [];
      const netlink: Netlink = {
        portId: inner.portId,
        dump(request, onMessage, slicer) {
          requests.push(request.readUInt16LE(4));
          if (refuse && request.readUInt16LE(4) === 18) return Promise.resolve({ error: 'ENOENT', path: 'x' });
          return inner.dump(request, onMessage, slicer);
        },
        [Symbol.dispose]: () => undefined,
      };
      const columns = new SocketColumns();
      await takeSockets({ ...opened, netlink }, { columns, namespace: 7, what: 'all' }, readNet, makeSlicer());
      const all = Array.from({ length: columns.length }, (_, i) => columns.at(i));
      const ports = new Set([four, six].map((server) => (server.address() as { port: number }).port));
      const mine = all.filter(({ localPort, state }) => ports.has(localPort) && state === 'LISTEN');
      return { kinds: mine.map(({ family, localAddress }) => `${family} ${localAddress}`).sort(), requests };
    };
    const expected = ['inet 127.0.0.1', 'inet6 ::1'];
    const one = await families(false);
    const two = await families(true);
    assert.deepEqual([one.kinds, two.kinds], [expected, expected]);
    assert.equal(two.requests.length, one.requests.length + 2);
  } finally {
    four.close();
    six.close();
  }
});

test('a dump that breaks off half way leaves nothing twice: the text takes its place', async () => {
  await withPorts(async (tcp) => {
    const whole = openSockets(readNet);
    assert.ok(!isFailure(whole.netlink));
    using inner = whole.netlink;
    const breaking: Netlink = {
      portId: inner.portId,
      async dump(request, onMessage, slicer) {
        await inner.dump(request, onMessage, slicer);
        return { error: 'ENOBUFS', path: 'sock_diag' };
      },
      [Symbol.dispose]: () => undefined,
    };
    const { outcome, ports } = await take({ ...whole, netlink: breaking });
    assert.equal(ports.filter((port) => port === tcp).length, 1);
    assert.equal(outcome.by, '/proc/net');
  });
});

test('what cannot be read, and lines that make no sense, are gaps; a file that is not there is none', async () => {
  const read: ReadNet = (file) => {
    if (file === 'tcp') return { error: 'EACCES', path: '/proc/net/tcp' };
    if (file === 'unix') return Buffer.from('Num\n00: damaged\n\xff\n', 'latin1');
    return { error: 'ENOENT', path: file };
  };
  const { outcome, ports } = await take({ netlink: refused, text: new Map() }, read);
  assert.deepEqual(ports, []);
  assert.deepEqual(outcome.gaps, [
    { what: '/proc/net/tcp', why: 'EACCES; sock_diag: EPERM' },
    { what: '/proc/net/unix', why: '2 lines could not be read' },
  ]);
});

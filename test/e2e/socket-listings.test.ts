/** Two listings of a real kernel: equal while sockets come and go, and told apart where a rootkit filters one. */

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { makeFaulty } from '#host/faulty.ts';
import { openLiveHost } from '#host/live.ts';
import type { Files, Host } from '#model/host.ts';
import { isFailure } from '#model/host.ts';
import { SocketListings } from '#sensors/socket-listings.ts';
import { needsRoot } from '../lab/skip.ts';

const soon = (): AbortSignal => AbortSignal.timeout(60_000);
const hasListening = async (server: Server, path: string): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
};

async function udpAt(port: number) {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  return socket;
}

test('short-lived UDP and Unix sockets tell nothing', { skip: needsRoot() }, async () => {
  using host = openLiveHost({ namespaces: 'all', tag: process.pid.toString(16) });
  const end = new AbortController();
  let made = 0;
  const churn = async (): Promise<void> => {
    while (!end.signal.aborted) {
      made += 1;
      const name = `\0telltale-churn-${process.pid}-${made}`;
      const socket = await udpAt(0);
      const server = createServer();
      await hasListening(server, name);
      await new Promise((resolve) => setTimeout(resolve, made % 7));
      socket.close();
      server.close();
    }
  };
  const churns = Array.from({ length: 20 }, churn);
  const listings = new SocketListings(host);
  try {
    for (let round = 0; round < 15; round += 1) assert.deepEqual(await listings.compare(soon()), []);
  } finally {
    end.abort();
    await Promise.all(churns);
  }
  assert.ok(made > 100, 'sockets came and went meanwhile');
});

/** The texts of /proc/net without the lines that hold `part`. */
function without(host: Host, part: string): Host {
  const read: Files['read'] = (path, maxBytes) => {
    const bytes = host.files.read(path, maxBytes);
    if (isFailure(bytes) || !path.includes('/net/')) return bytes;
    const lines = bytes.toString('latin1').split('\n');
    return Buffer.from(lines.filter((line) => !line.includes(part)).join('\n'), 'latin1');
  };
  return { ...host, files: { ...host.files, read } };
}

test('a rootkit that filters either listing is told', { skip: needsRoot() }, async () => {
  using live = openLiveHost({ namespaces: 'all', tag: process.pid.toString(16) });
  const socket = await udpAt(0);
  const { port } = socket.address();
  const server = createServer();
  const name = `telltale-hidden-${process.pid}`;
  await hasListening(server, `\0${name}`);
  const told = async (host: Host): Promise<string[]> =>
    (await new SocketListings(host).compare(soon())).map(
      (one) => `${one.shownBy} ${one.socket.path}${one.socket.localPort} ${one.pids.join(' ')}`,
    );
  const { host, faults } = makeFaulty(live);
  assert.deepEqual(await told(host), []);
  faults.hidesSocket = ({ protocol, localPort, path }) =>
    (protocol === 'udp' && localPort === port) || path === `@${name}`;
  assert.deepEqual(await told(host), [`/proc/net ${port} ${process.pid}`, `/proc/net @${name}0 ${process.pid}`]);
  assert.deepEqual(await told(without(live, name)), [`sock_diag @${name}0 ${process.pid}`]);
  const hex = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  assert.deepEqual(await told(without(live, hex)), [`sock_diag ${port} ${process.pid}`]);
  socket.close();
  server.close();
});

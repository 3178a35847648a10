import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { peerOf } from './peer.ts';

async function connected(listen: string | number): Promise<{ server: ReturnType<typeof createServer>; at: Socket }> {
  const server = createServer();
  if (typeof listen === 'string') server.listen(listen);
  else server.listen(listen, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const target =
    typeof address === 'object' && address ? { port: address.port, host: '127.0.0.1' } : { path: String(address) };
  const client = connect(target);
  const [at] = (await once(server, 'connection')) as [Socket];
  at.once('close', () => client.destroy());
  return { server, at };
}

test('peerOf() tells pid, uid and gid of the other end', async () => {
  await using temp = await makeTemp();
  const { server, at } = await connected(`${temp.path}/s`);
  assert.deepEqual(peerOf(at), { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
  at.destroy();
  assert.deepEqual(peerOf(at), { error: 'EBADF', path: 'control socket' });
  server.close();
});

test('peerOf() does not take a TCP peer for root', async () => {
  const { server, at } = await connected(0);
  assert.deepEqual(peerOf(at), { error: 'EOPNOTSUPP', path: 'control socket' });
  at.destroy();
  server.close();
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { Holder } from './holder.ts';

const bounds = { most: 3, mostEach: 2, longestMs: 1_000, pauseMs: 10 };

/** A server whose connections the holder gets. */
async function trap(holder: Holder) {
  const server = createServer({ pauseOnConnect: true });
  let taken = 0;
  server.on('connection', (socket) => {
    holder.take(socket, 0);
    taken += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  return {
    taken: () => taken,
    async visit(localAddress = '127.0.0.1') {
      const before = taken;
      const socket = connect({ port, host: '127.0.0.1', localAddress });
      const end = { text: '', over: false };
      sockets.push(socket);
      socket.on('data', (chunk: Buffer) => (end.text += chunk.toString()));
      socket.on('error', () => undefined).on('close', () => (end.over = true));
      await settled(() => taken > before);
      return { socket, end };
    },
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function settled(probe: () => boolean): Promise<void> {
  for (let tries = 0; !probe() && tries < 1_000; tries += 1) await new Promise((done) => setTimeout(done, 2));
  assert.ok(probe());
}

test('a banner is sent and the connection ended, whatever the other side sends', async () => {
  const holder = new Holder({ banner: 'KEEP OUT', slow: false }, bounds);
  using site = await trap(holder);
  const { socket, end } = await site.visit();
  socket.write('GET / HTTP/1.1\r\n'.repeat(100));
  await settled(() => end.text === 'KEEP OUT\r\n');
  holder.tick(1_999);
  assert.equal(holder.size, 1);
  holder.tick(2_000);
  await settled(() => holder.size === 0);
});

test('a tarpit gives a character at a time and lets go when its time is over', async () => {
  const holder = new Holder({ banner: 'ab', slow: true }, bounds);
  using site = await trap(holder);
  const { end } = await site.visit();
  // Then it begins anew.
  for (const [index, expected] of ['a', 'ab', 'ab\r', 'ab\r\n', 'ab\r\na'].entries()) {
    holder.tick(500 + index * 10);
    holder.tick(505 + index * 10);
    await settled(() => end.text === expected);
  }
  holder.tick(999);
  assert.equal(holder.size, 1);
  holder.tick(1_000);
  await settled(() => end.over && holder.size === 0);
});

test('no more connections than the bounds say: neither of one address, nor of all', async () => {
  const holder = new Holder({ banner: 'x', slow: true }, bounds);
  using site = await trap(holder);
  const first = await site.visit('127.0.0.2');
  await site.visit('127.0.0.2');
  const third = await site.visit('127.0.0.2');
  await settled(() => third.end.over);
  assert.equal(holder.size, 2);
  await site.visit('127.0.0.3');
  const fifth = await site.visit('127.0.0.4');
  await settled(() => fifth.end.over);
  assert.equal(holder.size, 3);
  first.socket.destroy();
  // Nothing is read, so writing must show that it is gone.
  let nowMs = 0;
  await settled(() => {
    holder.tick((nowMs += 10));
    return holder.size === 2 || nowMs > 900;
  });
  assert.equal(holder.size, 2);
  const again = await site.visit('127.0.0.2');
  await settled(() => holder.size === 3);
  assert.ok(!again.end.over);
});

test('a tarpit never reads: what is sent to it stays where it is', async () => {
  const holder = new Holder({ banner: '', slow: true }, bounds);
  using site = await trap(holder);
  const { socket } = await site.visit();
  const chunk = Buffer.alloc(1 << 20);
  let flowing = true;
  for (let count = 0; count < 64 && flowing; count += 1) flowing = socket.write(chunk);
  await new Promise((done) => setTimeout(done, 50));
  // The kernel holds a few megabytes of it at the most, the rest waits at the sender.
  assert.ok(socket.writableLength > 0);
  assert.equal(holder.size, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { sendUnixDatagram } from './datagram.ts';
import { libc } from './ffi.ts';

function receiver(name: Buffer): { text(): string } & Disposable {
  const fd = libc.socket(1, 2, 0);
  const address = Buffer.concat([Buffer.from([1, 0]), name]);
  assert.equal(libc.bind(fd, address, address.length), 0);
  const buffer = Buffer.alloc(256);
  return {
    text: () => buffer.toString('utf8', 0, Math.max(0, libc.recv(fd, buffer, buffer.length, 0x40))),
    [Symbol.dispose]: () => void libc.close(fd),
  };
}

test('sendUnixDatagram() reaches a socket by path and by abstract name', async () => {
  await using temp = await makeTemp();
  using byPath = receiver(Buffer.from(`${temp.path}/notify\0`));
  assert.equal(sendUnixDatagram(`${temp.path}/notify`, 'READY=1\n'), undefined);
  assert.equal(byPath.text(), 'READY=1\n');
  using abstract = receiver(Buffer.from(`\0telltale-notify-${process.pid}`));
  assert.equal(sendUnixDatagram(`@telltale-notify-${process.pid}`, 'STATUS=ünder way'), undefined);
  assert.equal(abstract.text(), 'STATUS=ünder way');
});

test('sendUnixDatagram() says what failed', () => {
  assert.deepEqual(sendUnixDatagram('/nowhere/notify', 'x'), { error: 'ENOENT', path: '/nowhere/notify' });
  assert.equal(sendUnixDatagram(`/${'x'.repeat(200)}`, 'x')?.error, 'ENAMETOOLONG');
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { libc } from './ffi.ts';
import { watchReadable } from './poller.ts';

/** A connected pair made of two datagram sockets, one of which can be polled. */
function pipeLike(): { readonly fd: number; write(text: string): void } & Disposable {
  const name = Buffer.from(`\0telltale-poller-${process.pid}-${Math.random()}`);
  const address = Buffer.concat([Buffer.from([1, 0]), name]);
  const fd = libc.socket(1, 2, 0);
  const sender = libc.socket(1, 2, 0);
  assert.equal(libc.bind(fd, address, address.length), 0);
  return {
    fd,
    write(text) {
      const bytes = Buffer.from(text);
      assert.equal(libc.sendto(sender, bytes, bytes.length, 0, address, address.length), bytes.length);
    },
    [Symbol.dispose]() {
      libc.close(fd);
      libc.close(sender);
    },
  };
}

test('watchReadable() calls back, and promises settled in the callback run at once', async () => {
  using pipe = pipeLike();
  const buffer = Buffer.alloc(16);
  const { promise, resolve } = Promise.withResolvers<string>();
  using watched = watchReadable(pipe.fd, () => {
    const length = libc.recv(pipe.fd, buffer, buffer.length, 0);
    resolve(buffer.toString('latin1', 0, length));
  });
  pipe.write('hello');
  assert.equal(await promise, 'hello');
  assert.equal(watched.restarts, 0);
});

test('watchReadable() keeps its handle through garbage collection', () => {
  // In a process of its own, because --expose-gc is needed; the handle is deliberately not kept by the caller.
  const script = `
    const { libc } = await import('#host/ffi.ts'); const { watchReadable } = await import('#host/poller.ts');
    const name = Buffer.concat([Buffer.from([1, 0, 0]), Buffer.from('telltale-gc-' + process.pid)]);
    const fd = libc.socket(1, 2, 0), sender = libc.socket(1, 2, 0), buffer = Buffer.alloc(8);
    libc.bind(fd, name, name.length);
    watchReadable(fd, () => { libc.recv(fd, buffer, 8, 0); console.log('heard'); process.exit(0); });
    for (let i = 0; i < 5; i++) { gc(); await new Promise((r) => setTimeout(r, 5)); }
    libc.sendto(sender, Buffer.from('x'), 1, 0, name, name.length);
    setTimeout(() => process.exit(1), 3000);`;
  const ran = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(ran.stdout, 'heard\n', ran.stderr);
});

test('watchReadable() refuses a descriptor that is watched, and may be disposed of twice', () => {
  using pipe = pipeLike();
  const watched = watchReadable(pipe.fd, () => undefined);
  assert.throws(() => watchReadable(pipe.fd, () => undefined), /watched already/);
  watched[Symbol.dispose]();
  watched[Symbol.dispose]();
  watched.unref();
  using again = watchReadable(pipe.fd, () => undefined);
  assert.equal(again.restarts, 0);
});

test('watchReadable() lets an error of the callback end the process, instead of losing it', () => {
  const script = `
    const { libc } = await import('#host/ffi.ts'); const { watchReadable } = await import('#host/poller.ts');
    const fd = libc.open('/proc/self/mounts', 0, 0); const event = libc.socket(1, 2, 0);
    const name = Buffer.concat([Buffer.from([1, 0, 0]), Buffer.from('telltale-throw-' + process.pid)]);
    libc.bind(event, name, name.length);
    watchReadable(event, () => { throw new Error('from the callback'); });
    libc.sendto(libc.socket(1, 2, 0), Buffer.from('x'), 1, 0, name, name.length);
    setTimeout(() => process.exit(0), 1000);`;
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.notEqual(ran.status, 0);
  assert.match(ran.stderr, /from the callback/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dumpRequest } from '#formats/netlink-message.ts';
import { dumps, sockDiagRequest } from '#formats/sock-diag.ts';
import { makeSlicer } from '#lib/slicer.ts';
import { isFailure } from '#model/host.ts';
import { libc } from './ffi.ts';
import { openNetlink } from './netlink.ts';
import { watchReadable } from './poller.ts';

function open(): Exclude<ReturnType<typeof openNetlink>, { error: string }> {
  const netlink = openNetlink(4, 'sock_diag');
  assert.ok(!isFailure(netlink));
  return netlink;
}

test('dump() reads to the end, again and again', async () => {
  using netlink = open();
  for (let i = 0; i < 3; i++) {
    let messages = 0;
    const failure = await netlink.dump(
      sockDiagRequest(dumps[8], 'all'),
      () => {
        messages += 1;
        return true;
      },
      makeSlicer(),
    );
    assert.equal(failure, undefined);
    assert.ok(messages > 0);
  }
});

test('dump() names what the kernel refuses, and what cannot be read', async () => {
  using netlink = open();
  const nothing = await netlink.dump(dumpRequest(20, Buffer.from([99, 0, 0, 0])), () => true, makeSlicer());
  assert.ok(
    nothing !== undefined && ['ENOENT', 'EINVAL', 'EAFNOSUPPORT'].includes(nothing.error),
    nothing?.error ?? 'no failure',
  );
  const unreadable = await netlink.dump(sockDiagRequest(dumps[8], 'all'), () => false, makeSlicer());
  assert.deepEqual(unreadable, { error: 'EBADMSG', path: 'sock_diag' });
});

test('a netlink socket that overflows goes on being heard, and says that it lost', async () => {
  // Each message to the group of another socket (NETLINK_USERSOCK 2) lands in this one's small buffer.
  const group = Buffer.alloc(12);
  group.writeUInt16LE(16, 0);
  group.writeUInt32LE(1, 8);
  const fd = libc.socket(16, 3, 2);
  const sender = libc.socket(16, 3, 2);
  assert.equal(libc.bind(fd, group, group.length), 0);
  libc.setsockopt(fd, 1, 8, Buffer.from(Uint32Array.of(4096).buffer), 4);
  const text = Buffer.alloc(1024);
  const send = (): number => libc.sendto(sender, text, text.length, 0x40, group, group.length);
  const buffer = Buffer.alloc(4096);
  let errors = 0;
  let heard = 0;
  let wake = (): void => undefined;
  const watched = watchReadable(fd, (error) => {
    if (error) errors += 1;
    while (libc.recv(fd, buffer, buffer.length, 0x40) > 0) heard += 1;
    wake();
  });
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  try {
    const overflown = next();
    for (let i = 0; i < 200; i++) send();
    await overflown;
    const before = heard;
    assert.ok(before < 200, 'the buffer must have overflown');
    const after = next();
    send();
    await after;
    assert.ok(heard > before, 'heard again after the overflow');
    assert.ok(errors > 0, 'the loss was told');
    assert.equal(watched.restarts, errors);
  } finally {
    watched[Symbol.dispose]();
    libc.close(fd);
    libc.close(sender);
  }
});

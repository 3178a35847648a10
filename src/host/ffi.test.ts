import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Arena, errnoName, errnoNumber, failureAt, lastError, libc, O, viewOf } from './ffi.ts';

test('libc reads a file, by text and by bytes', () => {
  for (const name of ['/proc/self/comm', Buffer.from('/proc/self/comm\0')]) {
    const fd = libc.open(name, O.RDONLY | O.CLOEXEC, 0);
    assert.ok(fd >= 0);
    const buffer = Buffer.alloc(64);
    const length = libc.read(fd, buffer, buffer.length);
    assert.equal(libc.close(fd), 0);
    assert.ok(length > 1 && buffer[length - 1] === 10);
  }
});

test('lastError() names what went wrong', () => {
  assert.equal(libc.open('/nowhere/at/all', O.RDONLY, 0), -1);
  assert.equal(lastError(), 'ENOENT');
  assert.equal(libc.close(-1), -1);
  assert.deepEqual(failureAt('/x'), { error: 'EBADF', path: '/x' });
});

test('errno names and numbers agree, and aliases do not hide the common name', () => {
  assert.equal(errnoNumber('EAGAIN'), 11);
  assert.equal(errnoName(11), 'EAGAIN');
  assert.equal(errnoName(95), 'EOPNOTSUPP');
  assert.equal(errnoName(9999), 'errno 9999');
  assert.throws(() => errnoNumber('ENOTHING'));
});

test('Arena keeps what it handed out', () => {
  const arena = new Arena();
  const buffer = arena.alloc(32);
  assert.equal(buffer.length, 32);
  assert.ok(arena.address(Buffer.alloc(8)) > 0n);
  assert.equal(arena.size, 2);
});

test('O.DIRECTORY and O.NOFOLLOW have the values of this machine', () => {
  assert.equal(libc.open('/proc/self/comm', O.RDONLY | O.DIRECTORY, 0), -1);
  assert.equal(lastError(), 'ENOTDIR');
  assert.equal(libc.open('/proc/self/exe', O.RDONLY | O.NOFOLLOW, 0), -1);
  assert.equal(lastError(), 'ELOOP');
});

test('mmap gives memory that viewOf() shows, and fails with all bits set', () => {
  const address = libc.mmap(null, 4096, 3, 0x22, -1, 0);
  const bytes = new Uint8Array(viewOf(address, 4096));
  bytes[4095] = 7;
  assert.equal(new Uint8Array(viewOf(address, 4096))[4095], 7);
  assert.equal(libc.mmap(null, 0, 3, 0x22, -1, 0), 2n ** 64n - 1n);
  assert.equal(lastError(), 'EINVAL');
});

test('no function is declared that the oldest libc under Node (2.28: RHEL 8, Debian 11) has not: nothing would start', () => {
  const newer =
    /^(?:[fl]?stat|fstatat|mknod|getdents64|gettid|tgkill|close_range|epoll_pwait2|pidfd_\w+|fsopen|mount_\w+|open_tree|move_mount|execveat|strl\w+)$/;
  const declared = readdirSync(import.meta.dirname, 'utf8')
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(import.meta.dirname, name), 'utf8');
      return Array.from(text.matchAll(/'(?:[a-z_0-9]+ )+\**([a-z_0-9]+)\([^']*\)'/g), (match) => match[1] ?? '');
    });
  assert.ok(declared.length > 40 && declared.includes('fanotify_init'));
  assert.deepEqual(
    declared.filter((name) => newer.test(name)),
    [],
  );
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { isFailure } from '#model/host.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { isPosixLocked, lockFile, lockHolder } from './lock.ts';

test('lockFile() is held once, names its holder, and can be taken again after disposal', async () => {
  await using temp = await makeTemp();
  const path = `${temp.path}/lock`;
  const first = lockFile(path);
  assert.ok(!isFailure(first));
  assert.deepEqual(lockFile(path), { error: 'EAGAIN', path, holderPid: process.pid });
  assert.equal(lockHolder(path), process.pid);
  first[Symbol.dispose]();
  assert.equal(lockHolder(path), 0);
  const again = lockFile(path);
  assert.ok(!isFailure(again));
  again[Symbol.dispose]();
});

test('lockFile() survives that its file is read and closed here, and goes with a killed process', async () => {
  await using temp = await makeTemp();
  const path = `${temp.path}/lock`;
  const script = `const { lockFile } = await import('#host/lock.ts'); const { readFileSync } = await import('node:fs');
    globalThis.lock = lockFile(${JSON.stringify(path)}); readFileSync(${JSON.stringify(path)});
    console.log('held'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    assert.deepEqual(lockFile(path), { error: 'EAGAIN', path, holderPid: child.pid });
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'exit');
  const lock = lockFile(path);
  assert.ok(!isFailure(lock));
  lock[Symbol.dispose]();
});

test('lockFile() does not follow a planted link', async () => {
  await using temp = await makeTemp();
  writeFileSync(`${temp.path}/victim`, 'precious');
  symlinkSync(`${temp.path}/victim`, `${temp.path}/lock`);
  assert.deepEqual(lockFile(`${temp.path}/lock`), { error: 'ELOOP', path: `${temp.path}/lock`, holderPid: 0 });
  assert.equal(readFileSync(`${temp.path}/victim`, 'utf8'), 'precious');
});

test('isPosixLocked() sees the lock of another process as dpkg takes it, and when it is gone', async () => {
  await using temp = await makeTemp();
  const path = `${temp.path}/lock-frontend`;
  assert.equal(isPosixLocked(path), false);
  writeFileSync(path, '');
  assert.equal(isPosixLocked(path), false);
  const F_SETLK = 6;
  const F_WRLCK = 1;
  const script = `const { libc, O } = await import('#host/ffi.ts'); const lock = Buffer.alloc(32);
    lock.writeInt16LE(${F_WRLCK}, 0);
    const fd = libc.open(${JSON.stringify(path)}, O.RDWR, 0);
    console.log(libc.fcntlBytes(fd, ${F_SETLK}, lock)); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [said] = await once(child.stdout, 'data');
    assert.equal(String(said), '0\n');
    assert.equal(isPosixLocked(path), true);
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'exit');
  assert.equal(isPosixLocked(path), false);
  symlinkSync(path, `${temp.path}/link`);
  assert.equal(isPosixLocked(`${temp.path}/link`), undefined, 'a planted link is not followed');
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { isFailure } from '#model/host.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openDeepFiles } from './deep-files.ts';
import { openFiles } from './files.ts';

test('Files read files of /proc, whose size says 0', () => {
  const files = openFiles();
  const text = files.read('/proc/self/maps');
  assert.ok(!isFailure(text) && text.length > 4096);
  assert.deepEqual(files.read('/proc/self/maps', 100), { error: 'EFBIG', path: '/proc/self/maps' });
});

test('Files say what failed', () => {
  const files = openFiles();
  assert.deepEqual(files.read('/nowhere'), { error: 'ENOENT', path: '/nowhere' });
  assert.deepEqual(files.read('/proc'), { error: 'EISDIR', path: '/proc' });
  assert.deepEqual(files.list('/proc/version'), { error: 'ENOTDIR', path: '/proc/version' });
  assert.deepEqual(files.readlink('/proc/version'), { error: 'EINVAL', path: '/proc/version' });
});

test('a list is whole and in order, however long the folder is', async () => {
  await using temp = await makeTemp();
  const names = Array.from({ length: 3000 }, (_, at) => `${(at * 7919) % 3000}-${'x'.repeat(at % 60)}`);
  for (const name of names) writeFileSync(`${temp.path}/${name}`, '');
  assert.deepEqual(openFiles().list(temp.path), names.toSorted());
});

test('Files are not stopped by a FIFO, and do not read it', async () => {
  await using temp = await makeTemp();
  spawnSync('/usr/bin/mkfifo', [`${temp.path}/fifo`]);
  const path = `${temp.path}/fifo`;
  assert.deepEqual(openFiles().read(path), { error: 'EINVAL', path });
  assert.deepEqual(openFiles(temp.path).read('/fifo'), { error: 'EINVAL', path: '/fifo' });
});

test('Files of a captured folder stay in it: absolute links and ".." end inside', async () => {
  await using temp = await makeTemp();
  mkdirSync(`${temp.path}/etc`);
  writeFileSync(`${temp.path}/etc/inside`, 'inside');
  symlinkSync('/etc/inside', `${temp.path}/link`);
  symlinkSync('/etc/passwd', `${temp.path}/out`);
  const files = openFiles(temp.path);
  assert.deepEqual(files.read('/link'), Buffer.from('inside'));
  assert.deepEqual(files.read('/../../etc/inside'), Buffer.from('inside'));
  assert.deepEqual(files.read('/out'), { error: 'ENOENT', path: '/out' });
  assert.equal(files.readlink('/link'), '/etc/inside');
  assert.deepEqual(files.list('/etc'), ['inside']);
  const stat = files.stat('/link');
  assert.ok(!isFailure(stat) && stat.type === 'symlink');
});

test('stat() tells what a name is', () => {
  const files = openFiles();
  const types = ['/proc', '/proc/version', '/proc/self', '/dev/null'].map((path) => {
    const stat = files.stat(path);
    return isFailure(stat) ? stat.error : stat.type;
  });
  assert.deepEqual(types, ['directory', 'file', 'symlink', 'other']);
});

test('Files tell a name as lstat(2) does, and read what is longer than the first buffer', async () => {
  await using temp = await makeTemp();
  const files = openFiles();
  for (const [name, length] of Object.entries({ empty: 0, small: 5, whole: 65_536, long: 200_000 })) {
    const path = `${temp.path}/${name}`;
    const content = Buffer.alloc(length, name);
    writeFileSync(path, content);
    assert.deepEqual(files.read(path), content);
    const { ino, size, mode, uid, gid, mtimeMs, ctimeMs } = lstatSync(path);
    const facts = { uid, gid, mtimeMs, ctimeMs, inode: ino, sizeBytes: size, mode: mode & 0o7777, type: 'file' };
    assert.deepEqual(files.stat(path), facts);
    assert.deepEqual(openFiles(temp.path).stat(`/${name}`), facts, 'below a root as well');
    const enough = files.read(path, length);
    assert.deepEqual(enough, content);
    if (length > 0) assert.deepEqual(files.read(path, length - 1), { error: 'EFBIG', path });
  }
});

test('a name with NUL in it is not taken for the one before it, and none is not the folder where we are', () => {
  const path = '/proc/version\0x';
  const files = openFiles();
  for (const ask of ['read', 'stat', 'readlink', 'list'] as const)
    assert.deepEqual(
      [files[ask](path), files[ask]('')],
      [
        { error: 'EINVAL', path },
        { error: 'ENOENT', path: '' },
      ],
    );
});

test('a name that is no UTF-8 is listed as text, and what that text stands for is read', async () => {
  await using temp = await makeTemp();
  const home = Buffer.concat([Buffer.from(`${temp.path}/b`), Buffer.from([0xe4])]);
  mkdirSync(home);
  writeFileSync(Buffer.concat([home, Buffer.from('/key')]), 'secret');
  const files = openFiles();
  assert.deepEqual(files.list(temp.path), ['b\uf7e4']);
  assert.deepEqual(files.list(`${temp.path}/b\uf7e4`), ['key']);
  assert.deepEqual(files.read(`${temp.path}/b\uf7e4/key`), Buffer.from('secret'));
  const stat = files.stat(`${temp.path}/b\uf7e4/key`);
  assert.ok(!isFailure(stat) && stat.sizeBytes === 6);
  const deep = openDeepFiles(files, '/nowhere');
  assert.deepEqual(deep.head(`${temp.path}/b\\xe4/key`, 9), Buffer.from('secret'));
  assert.ok(!isFailure(deep.stat(`${temp.path}/b\\xe4/key`)) && isFailure(deep.stat(`${temp.path}/b\\xe5`)));
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openDeepFiles } from '#host/deep-files.ts';
import { openFiles } from '#host/files.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { IndexedFile } from '#model/integrity.ts';
import { openFileIndex } from '#store/file-index.ts';
import { fakeHost } from '../../test/lab/fake-host.ts';
import { needsRoot } from '../../test/lab/skip.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { checkShipped, checkUnmet, checkUnshipped, isForPackages } from './package-check.ts';
import packageFilesSensor from './package-files.ts';

const never = new AbortController().signal;
const PROGRAM = '#!/bin/sh\necho hello\n';

/** A package that ships one program into a folder of the test's own. */
async function makeScene() {
  const temp = await makeTemp();
  const index = openFileIndex('', 'nothing');
  const real = openDeepFiles(openFiles(), '/nowhere');
  let reads = 0;
  const deep: typeof real = {
    ...real,
    digest: (...all) => {
      reads += 1;
      return real.digest(...all);
    },
  };
  const settings = { watch: [], ignore: ['/etc', '/boot', '/usr', '/var', '/root'], walkAfterMs: 0 };
  const host: Host = { ...fakeHost(), integrity: { settings, deep, index, walks: 'background' } };
  const parts = { host, door: { settings, deep, index, walks: 'background' as const }, rest: () => Promise.resolve() };
  const path = join(temp.path, 'prog');
  const write = (text: string): void => {
    writeFileSync(path, text, { mode: 0o755 });
  };
  write(PROGRAM);
  const md5 = createHash('md5').update(PROGRAM).digest('hex');
  index.putList('hello:amd64', '1', [{ folder: temp.path, name: 'prog', md5, conffile: false }]);
  index.setValue('walked', '1');
  const file = (): IndexedFile => {
    const found = index.file(temp.path, 'prog');
    assert.ok(found !== undefined);
    return found;
  };
  return {
    host,
    index,
    parts,
    path,
    write,
    file,
    folder: temp.path,
    reads: () => reads,
    async check(full = false) {
      const stat = deep.stat(path);
      if (isFailure(stat)) await checkUnmet(parts, temp.path, file(), full);
      else await checkShipped(parts, { folder: temp.path, file: file(), stat }, full);
      return (await packageFilesSensor.look(host, never)).rows[0];
    },
    async [Symbol.asyncDispose]() {
      index[Symbol.dispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

test('a file as shipped is no row, and is not read again while it has not changed', async () => {
  await using scene = await makeScene();
  assert.equal(await scene.check(), undefined);
  assert.equal(await scene.check(), undefined);
  assert.equal(scene.reads(), 1);
  await scene.check(true);
  assert.equal(scene.reads(), 2, 'a full check reads it');
});

test('another content is told with the package, and is over when it is as shipped again', async () => {
  await using scene = await makeScene();
  await scene.check();
  scene.write(`${PROGRAM}# evil\n`);
  const row = await scene.check();
  assert.deepEqual([row?.package, row?.wrong, row?.program], ['hello', ['altered'], 'script']);
  scene.write(`${PROGRAM}# worse\n`);
  assert.notEqual((await scene.check())?.mark, row?.mark);
  scene.write(PROGRAM);
  assert.equal(await scene.check(), undefined);
});

test('a missing file, a link in its place, and other rights are told', async () => {
  await using scene = await makeScene();
  await scene.check();
  chmodSync(scene.path, 0o4755);
  const rights = await scene.check();
  assert.deepEqual([rights?.wrong, rights?.rights], [['mode'], '755 → 4755']);
  rmSync(scene.path);
  assert.deepEqual((await scene.check())?.wrong, ['missing']);
  symlinkSync('/bin/true', scene.path);
  assert.deepEqual((await scene.check())?.wrong, ['altered']);
});

test('rights that were changed before they were first seen are not taken as those of the package', async () => {
  await using scene = await makeScene();
  chmodSync(scene.path, 0o4755);
  await scene.check();
  assert.deepEqual([scene.file().verdict, scene.file().rights], ['', ''], 'setuid is told by others');
  chmodSync(scene.path, 0o755);
  await scene.check();
  assert.deepEqual([scene.file().verdict, scene.file().rights], ['', '755 0 0'], 'back to what it was: no finding');
});

test('a file of a package whose rights were changed before it was first seen had those that most have', async () => {
  for (const [mode, told] of [
    [0o444, '644 → 444'],
    [0o664, '644 → 664'],
    [0o700, '755 → 700'],
    [0o755, undefined],
    [0o644, undefined],
  ] as const) {
    await using scene = await makeScene();
    chmodSync(scene.path, mode);
    assert.equal((await scene.check())?.rights, told, mode.toString(8));
  }
});

test('a file of a package that was given to an account before it was first seen was root’s', {
  skip: needsRoot(),
}, async () => {
  await using scene = await makeScene();
  chownSync(scene.path, 1, 0);
  assert.deepEqual((await scene.check())?.wrong, ['owner']);
  chownSync(scene.path, 0, 0);
  assert.equal(await scene.check(), undefined);
});

test('an upgrade brings new sums and new rights: nothing is told', async () => {
  await using scene = await makeScene();
  await scene.check();
  const next = `${PROGRAM}# version 2\n`;
  scene.write(next);
  chmodSync(scene.path, 0o2755);
  const md5 = createHash('md5').update(next).digest('hex');
  scene.index.putList('hello:amd64', '2', [{ folder: scene.folder, name: 'prog', md5, conffile: false }]);
  assert.equal(await scene.check(), undefined);
});

test('a program that no package ships is told where programs of packages lie, a text is not', async () => {
  await using scene = await makeScene();
  const { deep } = scene.parts.door;
  for (const [name, text] of [
    ['foreign', PROGRAM],
    ['notes', 'a text\n'],
  ] as const) {
    writeFileSync(join(scene.folder, name), text);
    const stat = deep.stat(join(scene.folder, name));
    assert.ok(!isFailure(stat));
    await checkUnshipped(scene.parts, { folder: scene.folder, name, stat }, undefined);
  }
  const { rows } = await packageFilesSensor.look(scene.host, never);
  assert.deepEqual(
    rows.map(({ path, wrong }) => [path, wrong]),
    [[join(scene.folder, 'foreign'), ['unpackaged']]],
  );
  for (const folder of [
    '/usr/bin',
    '/usr/lib/systemd/system',
    '/usr/lib/x86_64-linux-gnu',
    '/usr/lib/x86_64-linux-gnu/security',
  ])
    assert.ok(isForPackages(folder), folder);
  for (const folder of ['/usr/local/bin', '/usr/lib/python3', '/usr/lib/x86_64-linux-gnu/perl', '/opt'])
    assert.ok(!isForPackages(folder), folder);
});

test('until the first walk is over the look is partial, and a recorded host has a gap', async () => {
  await using scene = await makeScene();
  scene.index.setValue('walked', '');
  const look = await packageFilesSensor.look(scene.host, never);
  assert.equal(look.partial, true);
  assert.match(look.gaps[0]?.why ?? '', /begins right after the start/);
  assert.equal((await packageFilesSensor.look(fakeHost(), never)).gaps[0]?.reduced, true);
});

test('a deviating file that stays as it is keeps its row; one that is touched gets a new one', async () => {
  await using scene = await makeScene();
  scene.write('#!/bin/sh\necho other\n');
  const first = await scene.check();
  assert.equal(first?.mode, '0755');
  assert.equal(await scene.check(), first);
  chmodSync(scene.path, 0o700);
  assert.equal((await scene.check())?.mode, '0700');
});

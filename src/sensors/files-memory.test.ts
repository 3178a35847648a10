import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { openDeepFiles } from '#host/deep-files.ts';
import { openFiles } from '#host/files.ts';
import type { Writer } from '#model/host.ts';
import { openFileIndex } from '#store/file-index.ts';
import { type FakeHost, fakeHost } from '../../test/lab/fake-host.ts';
import { makeTemp } from '../../test/lab/temp.ts';
import { FilesMemory } from './files-memory.ts';

const never = new AbortController().signal;
const EVERY_MS = 60_000;

/** A folder of the test's own is all that is watched. */
async function makeScene() {
  const temp = await makeTemp();
  const folder = join(temp.path, 'watched');
  mkdirSync(folder);
  const host: FakeHost = Object.assign(fakeHost(), { files: openFiles() });
  const index = openFileIndex('', 'nothing');
  const ignore = ['/etc', '/boot', '/usr', '/var', '/root'];
  const memory = new FilesMemory(host, {
    settings: { watch: [folder], ignore, walkAfterMs: 0 },
    deep: openDeepFiles(host.files, '/nowhere'),
    index,
    walks: 'never',
  });
  const row = async (name: string) =>
    (await memory.look(EVERY_MS, never)).find(({ path }) => path === join(folder, name));
  return {
    host,
    memory,
    row,
    path: (name: string) => join(folder, name),
    /** A setuid file beside the watched folder. */
    setuid: (name: string): string => {
      const path = join(temp.path, name);
      writeFileSync(path, 'text');
      chmodSync(path, 0o4755);
      return path;
    },
    write: (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
    },
    async [Symbol.asyncDispose]() {
      index[Symbol.dispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

test('every file, folder and link below a watched folder is a row; what grows has no content', async () => {
  await using scene = await makeScene();
  scene.write('a.conf', 'one\n');
  scene.write('a.log', 'grows\n');
  symlinkSync('a.conf', scene.path('link'));
  const a = await scene.row('a.conf');
  assert.equal(a?.sha256.length, 64);
  assert.deepEqual([a.mode, a.type, a.watched], ['0644', 'file', true]);
  assert.equal((await scene.row('a.log'))?.sha256, '');
  assert.equal((await scene.row('link'))?.target, 'a.conf');
});

test('a change shows its difference, and the next look shows the same row', async () => {
  await using scene = await makeScene();
  scene.write('a', 'one\ntwo\n');
  const before = await scene.row('a');
  scene.write('a', 'one\nthree\n');
  assert.equal(await scene.memory.hear(scene.path('a'), 1), undefined);
  const after = await scene.row('a');
  assert.notEqual(after?.sha256, before?.sha256);
  assert.equal(after?.difference, '@@ -1 +1 @@\n one\n-two\n+three\n ');
  await scene.host.clock.advance(EVERY_MS);
  assert.deepEqual(await scene.row('a'), after);
});

test('changed and changed back before the look is told, with what it was for a moment', async () => {
  await using scene = await makeScene();
  scene.write('a', 'one\n');
  const before = await scene.row('a');
  scene.write('a', 'one\nevil\n');
  await scene.memory.hear(scene.path('a'), 1);
  scene.write('a', 'one\n');
  await scene.memory.hear(scene.path('a'), 1);
  const after = await scene.row('a');
  assert.equal(after?.sha256, before?.sha256);
  assert.ok((after?.rewrittenMs ?? 0) > 0);
  assert.match(after?.difference ?? '', /^\+evil$/m);
});

test('a touch, or one write of what it held, is no change; two are told once, and the row is as before afterwards', async () => {
  await using scene = await makeScene();
  scene.write('a', 'one\n');
  const before = await scene.row('a');
  scene.write('a', 'one\n');
  await scene.memory.hear(scene.path('a'), 1);
  assert.equal((await scene.row('a'))?.rewrittenMs, before?.rewrittenMs);
  await scene.memory.hear(scene.path('a'), 2);
  assert.ok(((await scene.row('a'))?.rewrittenMs ?? 0) > 0);
  assert.equal((await scene.row('a'))?.rewrittenMs, 0, 'it is in the baseline again, so alerts about it can close');
});

test('a new file is a row at its event; what changes before the look confirms it is told by a second look', async () => {
  await using scene = await makeScene();
  assert.equal(await scene.row('a'), undefined);
  scene.write('a', 'one\n');
  const heard = await scene.memory.hear(scene.path('a'), 1);
  assert.equal(heard?.mode, '0644');
  chmodSync(scene.path('a'), 0o4755);
  assert.equal((await scene.row('a'))?.mode, '0644', 'as it was told');
  assert.deepEqual((await scene.row('a'))?.signs, ['setuid']);
});

test('a file that is gone is no row, and neither is what was below a folder that is gone', async () => {
  await using scene = await makeScene();
  mkdirSync(scene.path('d'));
  scene.write('d/x', 'one\n');
  assert.ok((await scene.row('d/x')) !== undefined);
  rmSync(scene.path('d'), { recursive: true });
  await scene.memory.hear(scene.path('d'), 0);
  assert.equal(await scene.row('d/x'), undefined);
  assert.equal(await scene.row('d'), undefined);
});

test('a time that is set back is a sign, a touch is none', async () => {
  await using scene = await makeScene();
  scene.write('a', 'one\n');
  await scene.row('a');
  scene.write('a', 'two\n');
  utimesSync(scene.path('a'), 1000, 1000);
  await scene.memory.hear(scene.path('a'), 1);
  assert.deepEqual((await scene.row('a'))?.signs, ['time set back']);
  utimesSync(scene.path('a'), 2000, 2000);
  await scene.memory.hear(scene.path('a'), 0);
  assert.deepEqual((await scene.row('a'))?.signs, []);
});

test('what is written by another name of a watched file is a change of that file', async () => {
  await using scene = await makeScene();
  scene.write('a', 'one\n');
  await scene.row('a');
  const link = join(scene.path('..'), 'link');
  linkSync(scene.path('a'), link);
  await scene.memory.hear(link, 0);
  appendFileSync(link, 'evil\n');
  await scene.memory.hear(link, 1);
  assert.equal((await scene.row('a'))?.difference, '@@ -1 +1 @@\n one\n+evil\n ');
});

test('elsewhere only what is odd is a row, as long as it is', async () => {
  await using scene = await makeScene();
  const odd = join(scene.path('..'), 'odd');
  writeFileSync(odd, 'text');
  assert.equal(await scene.memory.hear(odd, 1), undefined);
  chmodSync(odd, 0o4755);
  assert.deepEqual((await scene.memory.hear(odd, 0))?.signs, ['setuid']);
  assert.ok((await scene.memory.look(EVERY_MS, never)).some(({ path }) => path === odd));
  chmodSync(odd, 0o755);
  await scene.memory.hear(odd, 0);
  assert.ok(!(await scene.memory.look(EVERY_MS, never)).some(({ path }) => path === odd));
});

test('while a package run goes on what nobody can be named for waits until dpkg has written down whose it is', async () => {
  await using scene = await makeScene();
  await scene.row('x');
  scene.host.packageRun = { startedMs: 1, endedMs: 0, packages: new Map() };
  const odd = scene.setuid('odd');
  scene.write('conf', 'one\n');
  assert.equal(await scene.memory.hear(odd, 1), undefined);
  assert.equal(await scene.memory.hear(scene.path('conf'), 1), undefined);
  const paths = async (): Promise<string[]> =>
    (await scene.memory.look(EVERY_MS, never)).map(({ path }) => path).filter((path) => /odd$|conf$/.test(path));
  assert.deepEqual(await paths(), []);
  await scene.host.clock.advance(1300);
  assert.deepEqual((await paths()).toSorted(), [odd, scene.path('conf')].toSorted());
  // Another hand than dpkg's is told at once.
  const own = fakeWriter('cp');
  const other = join(scene.path('..'), 'other-odd');
  scene.host.writers.set(other, own);
  writeFileSync(other, 'text');
  chmodSync(other, 0o4755);
  assert.deepEqual((await scene.memory.hear(other, 1))?.signs, ['setuid']);
});

test('what waited when everything was looked at is a row as well', async () => {
  await using scene = await makeScene();
  await scene.row('x');
  scene.host.packageRun = { startedMs: 1, endedMs: 0, packages: new Map() };
  const odd = scene.setuid('odd');
  await scene.memory.hear(odd, 1);
  scene.memory.lookAtAll();
  await scene.host.clock.advance(EVERY_MS);
  assert.ok((await scene.memory.look(EVERY_MS, never)).some(({ path }) => path === odd));
  // So many files of a run that nobody can remember them one by one: those that only an event shows are kept.
  const late = scene.setuid('late-odd');
  await scene.memory.hear(late, 1);
  for (let index = 0; index < 10_000; index += 1) await scene.memory.hear(scene.path(`gone-${index}`), 1);
  await scene.host.clock.advance(EVERY_MS);
  assert.ok((await scene.memory.look(EVERY_MS, never)).some(({ path }) => path === late));
});

function fakeWriter(comm: string): Writer {
  const nothing = { cmdline: '', user: 'root', unit: '', package: '', session: '' };
  const who = { ...nothing, pid: 7, exe: `/usr/bin/${comm}`, comm, uid: 0, parents: ['bash (6)'], startedMs: 0 };
  return { who, timeMs: 0, underDpkg: false };
}

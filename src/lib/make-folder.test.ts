import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { makeFolder } from './make-folder.ts';

test('makeFolder() makes what is missing with its mode, and leaves what is there', async () => {
  await using temp = await makeTemp();
  makeFolder(`${temp.path}/a/b/c`, 0o750);
  for (const folder of ['a', 'a/b', 'a/b/c']) assert.equal(statSync(`${temp.path}/${folder}`).mode & 0o7777, 0o750);
  makeFolder(`${temp.path}/a/b`, 0o700);
  assert.equal(statSync(`${temp.path}/a/b`).mode & 0o7777, 0o750);
});

test('makeFolder() throws where a file is in the way', async () => {
  await using temp = await makeTemp();
  writeFileSync(`${temp.path}/file`, '');
  assert.throws(() => makeFolder(`${temp.path}/file/a/b`, 0o750), { code: 'ENOTDIR' });
});

test('makeFolder() gives up under a folder in which the kernel makes nothing, where Node itself never ends', () => {
  const path = import.meta.resolve('./make-folder.ts');
  const script = `import('${path}').then(({ makeFolder }) => makeFolder('/proc/telltale/a', 0o750)).catch((e) => console.log(e.code))`;
  const { stdout, signal } = spawnSync(process.execPath, ['-e', script], { timeout: 20_000, encoding: 'utf8' });
  assert.equal(signal, null);
  assert.equal(stdout, 'ENOENT\n');
});

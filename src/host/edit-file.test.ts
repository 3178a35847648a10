import assert from 'node:assert/strict';
import { chmodSync, chownSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { openEditor } from './edit-file.ts';

const editor = openEditor();

test('owner, mode and strange bytes survive', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'hosts.deny');
  writeFileSync(path, Buffer.from([0x23, 0xff, 0xc3, 0x0a]));
  chmodSync(path, 0o640);
  chownSync(path, 1234, 1235);
  assert.equal(
    editor.edit(path, (text) => `${text}ALL: 192.0.2.7\n`),
    undefined,
  );
  assert.deepEqual(readFileSync(path), Buffer.from('\x23\xff\xc3\x0aALL: 192.0.2.7\n', 'latin1'));
  const { mode, uid, gid } = statSync(path);
  assert.deepEqual([mode & 0o7777, uid, gid], [0o640, 1234, 1235]);
  assert.deepEqual(readdirSync(temp.path), ['hosts.deny']);
});

test('a file that is not there is made, and one that needs no change is left alone', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'new');
  assert.equal(
    editor.edit(path, () => 'x\n'),
    undefined,
  );
  assert.equal(statSync(path).mode & 0o7777, 0o644);
  const { ino } = statSync(path);
  editor.edit(path, (text) => text);
  editor.edit(path, () => undefined);
  assert.equal(statSync(path).ino, ino);
});

test('a link is not followed, a folder not written to', async () => {
  await using temp = await makeTemp();
  const target = join(temp.path, 'shadow');
  writeFileSync(target, 'kept');
  symlinkSync(target, join(temp.path, 'hosts.deny'));
  assert.match(editor.edit(join(temp.path, 'hosts.deny'), () => 'lost')?.error ?? '', /ELOOP/);
  assert.equal(readFileSync(target, 'utf8'), 'kept');
  assert.match(editor.edit(temp.path, () => 'x')?.error ?? '', /no plain file/);
  assert.equal(editor.edit(join(temp.path, 'no', 'such'), () => 'x')?.error, 'ENOENT');
});

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { removeReadyFile, writeReadyFile } from './ready-file.ts';

const ready = { pid: 1, socket: '/s', web: null, sensors: [], blind: [] };

test('it is removed and written in one step, readable by the group at most', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'ready');
  removeReadyFile(path);
  writeFileSync(path, 'old');
  removeReadyFile(path);
  assert.deepEqual(readdirSync(temp.path), []);
  writeReadyFile(path, ready);
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { v: 1, ...ready });
  assert.equal(statSync(path).mode & 0o027, 0);
  assert.deepEqual(readdirSync(temp.path), ['ready']);
});

test('a link or a folder in its place is refused, and a link is never followed', async () => {
  await using temp = await makeTemp();
  const precious = join(temp.path, 'precious');
  writeFileSync(precious, 'precious');
  symlinkSync(precious, join(temp.path, 'link'));
  mkdirSync(join(temp.path, 'folder'));
  for (const name of ['link', 'folder'])
    assert.throws(() => removeReadyFile(join(temp.path, name)), { code: 'EXISTS' });
  writeReadyFile(join(temp.path, 'link'), ready);
  assert.equal(readFileSync(precious, 'utf8'), 'precious', 'the rename replaces the link itself');
  assert.throws(() => writeReadyFile(join(temp.path, 'none/ready'), ready), { message: /Cannot write ready file/ });
});

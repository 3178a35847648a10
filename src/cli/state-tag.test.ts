import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { tagOf } from './state-tag.ts';

test('a state directory has one tag by whatever way it is reached, also when it is made anew', async () => {
  await using temp = await makeTemp();
  mkdirSync(`${temp.path}/a/state`, { recursive: true });
  mkdirSync(`${temp.path}/b/state`, { recursive: true });
  symlinkSync('a', `${temp.path}/link`);
  const tag = tagOf(`${temp.path}/a/state`);
  assert.match(tag, /^[0-9a-f]{12}$/);
  assert.equal(tagOf(`${temp.path}/link/state`), tag);
  rmSync(`${temp.path}/a/state`, { recursive: true });
  assert.equal(tagOf(`${temp.path}/a/state`), tag);
  assert.notEqual(tagOf(`${temp.path}/b/state`), tag);
  assert.notEqual(tagOf(`${temp.path}/a/other`), tag);
});

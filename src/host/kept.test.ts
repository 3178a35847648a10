import assert from 'node:assert/strict';
import { mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { makeTemp } from '#test/lab/temp.ts';
import { openKept } from './kept.ts';

test('what is kept is there after a restart, in a file for root alone', async () => {
  await using temp = await makeTemp();
  assert.equal(openKept(temp.path).read('scans'), '');
  assert.equal(openKept(temp.path).write('scans', '{"a":1}'), '');
  assert.equal(openKept(temp.path).read('scans'), '{"a":1}');
  assert.equal(statSync(join(temp.path, 'kept/scans')).mode & 0o777, 0o600);
});

test('without a folder it lives as long as the process', () => {
  const kept = openKept(undefined);
  assert.equal(kept.write('scans', 'x'), '');
  assert.equal(kept.read('scans'), 'x');
  assert.equal(openKept(undefined).read('scans'), '');
});

test('a planted link is not followed, and what is too much or misnamed is refused', async () => {
  await using temp = await makeTemp();
  mkdirSync(join(temp.path, 'kept'));
  writeFileSync(join(temp.path, 'victim'), 'untouched');
  symlinkSync('../victim', join(temp.path, 'kept/scans'));
  symlinkSync('../victim', join(temp.path, 'kept/scans.new'));
  const kept = openKept(temp.path);
  assert.throws(() => kept.read('scans'), /Cannot read/);
  assert.match(kept.write('scans', 'x'), /ELOOP/);
  assert.match(kept.write('scans', 'x'.repeat((8 << 20) + 1)), /more than/);
  assert.match(kept.write('../x', 'x'), /lower case/);
});

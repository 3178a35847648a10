import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Alert } from '#model/finding.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { plantedFile } from './planted-file.ts';

const alert = (rule: string, file: string): Alert => ({ finding: { rule, facts: { file } } }) as unknown as Alert;
const signal = AbortSignal.timeout(5000);

test('a planted file is there, is recognised, and goes with the folders that were made for it', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'a/b/file');
  const drill = plantedFile({ name: 'x', doc: 'x', rules: ['r'], path, text: 'text\n' });
  for (let times = 0; times < 2; times += 1) {
    await using act = await drill.act({ own: new Set() }, signal);
    assert.equal(readFileSync(path, 'utf8'), 'text\n');
    assert.ok(Math.abs(Date.now() - act.atMs) < 5000);
    assert.ok(act.isToldBy(alert('r', path)));
    assert.ok(!act.isToldBy(alert('r', '/other')));
    assert.ok(!act.isToldBy(alert('other', path)));
  }
  assert.ok(!existsSync(join(temp.path, 'a')));
  assert.ok(existsSync(temp.path));
});

test("what an earlier rehearsal left is taken away, somebody else's file is not", async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'file');
  const drill = plantedFile({ name: 'x', doc: 'x', rules: ['r'], path, text: 'text\n' });
  writeFileSync(path, 'text\n');
  {
    await using _act = await drill.act({ own: new Set() }, signal);
  }
  assert.ok(!existsSync(path));
  writeFileSync(path, 'mine\n');
  await assert.rejects(drill.act({ own: new Set() }, signal), /somebody else's file/);
  assert.equal(readFileSync(path, 'utf8'), 'mine\n');
});

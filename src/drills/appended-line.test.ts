import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { Alert } from '#model/finding.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { appendedLine } from './appended-line.ts';

const signal = AbortSignal.timeout(5000);
const own = { own: new Set<number>() };
const alert = (rule: string, file: string): Alert => ({ finding: { rule, facts: { file } } }) as unknown as Alert;

test('a line is added and taken out again, whatever others wrote meanwhile', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'hosts');
  const drill = appendedLine({ name: 'x', doc: 'x', rules: ['r'], path, line: 'mine' });
  for (const before of ['', 'a\n', 'a\nmine\nb\n']) {
    writeFileSync(path, before);
    {
      await using act = await drill.act(own, signal);
      assert.ok(readFileSync(path, 'utf8').endsWith('mine\n'));
      assert.ok(act.isToldBy(alert('r', path)));
      assert.ok(!act.isToldBy(alert('r', '/other')) && !act.isToldBy(alert('other', path)));
      appendFileSync(path, 'c\n');
    }
    assert.equal(readFileSync(path, 'utf8'), `${before.replace('mine\n', '')}c\n`);
  }
});

test('a file without an end of line gets one, and a link is not followed', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'hosts');
  writeFileSync(path, 'a');
  {
    await using _act = await appendedLine({ name: 'x', doc: 'x', rules: [], path, line: 'mine' }).act(own, signal);
    assert.equal(readFileSync(path, 'utf8'), 'a\nmine\n');
  }
  assert.equal(readFileSync(path, 'utf8'), 'a\n');
  symlinkSync(path, join(temp.path, 'link'));
  const linked = appendedLine({ name: 'x', doc: 'x', rules: [], path: join(temp.path, 'link'), line: 'mine' });
  await assert.rejects(linked.act(own, signal), { code: 'ELOOP' });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { makeNetns } from '#test/lab/netns.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { drills } from './index.ts';
import drill from './kernel-setting.ts';

test('the drill kernel-setting is listed, and can be stopped before it began', async () => {
  assert.ok(drills.includes(drill));
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});

test('it switches one setting of its network namespace and back', { skip: needsRoot() }, async () => {
  await using net = await makeNetns();
  const script = join(import.meta.dirname, '../../test/lab/play-drill.ts');
  const values = (): Promise<{ stdout: string }> =>
    net.run('/usr/bin/cat', ['/proc/sys/net/ipv4/conf/all/log_martians']);
  const before = (await values()).stdout;
  const { stdout, stderr } = await net.run(process.execPath, [
    script,
    'kernel-setting',
    '/proc/sys/net/ipv4/conf/all/log_martians',
  ]);
  const { words, during } = JSON.parse(stdout || stderr) as { words: string; during: string };
  assert.match(words, /^set net\.ipv4\.conf\.all\.log_martians from \d to \d$/);
  assert.notEqual(during, before);
  assert.equal((await values()).stdout, before);
});

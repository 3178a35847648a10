import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '#test/lab/site.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openExec } from './exec.ts';

const exec = openExec();
const on = new AbortController().signal;

test('input goes in, both outputs and the exit code come out', async () => {
  const ran = await exec.run({ program: '/bin/sh', args: ['-c', 'cat; echo no >&2; exit 3'], stdin: 'hello' }, on);
  assert.deepEqual(ran, { code: 3, stdout: 'hello', stderr: 'no\n', why: '' });
});

test('arguments are never read by a shell, and our environment stays with us', async () => {
  process.env['TELLTALE_D2_TEST'] = 'secret';
  const ran = await exec.run({ program: '/usr/bin/env', args: ['printf', '%s|', '$(id)', '; x'] }, on);
  assert.equal(ran.stdout, '$(id)|; x|');
  const env = await exec.run({ program: '/usr/bin/env', args: [] }, on);
  delete process.env['TELLTALE_D2_TEST'];
  assert.ok(!env.stdout.includes('secret'));
});

test('too slow, too loud, killed and missing are told, never thrown', async () => {
  const slow = await exec.run({ program: '/bin/sleep', args: ['60'], timeoutMs: 50 }, on);
  assert.equal(slow.code, -1);
  assert.match(slow.why, /no end after 50 ms/);
  const loud = await exec.run({ program: '/bin/sh', args: ['-c', 'yes'], maxBytes: 1000 }, on);
  assert.match(loud.why, /more than 1000 bytes/);
  const killed = await exec.run({ program: '/bin/sh', args: ['-c', 'kill -9 $$'] }, on);
  assert.match(killed.why, /SIGKILL/);
  assert.match((await exec.run({ program: '/nowhere', args: [] }, on)).why, /ENOENT/);
  assert.match((await exec.run({ program: 'sh', args: [] }, on)).why, /absolute/);
  assert.match((await exec.run({ program: '/bin/sleep', args: ['60'] }, AbortSignal.abort())).why, /stopped/);
});

test('what it leaves behind in its group ends with it', async () => {
  const ran = await exec.run({ program: '/bin/sh', args: ['-c', 'sleep 300 >/dev/null 2>&1 & echo $!'] }, on);
  const pid = Number(ran.stdout);
  assert.ok(pid > 1);
  await until(
    'its end',
    () => !existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
  );
});

test('a program that anyone may change is refused', async () => {
  await using temp = await makeTemp();
  const path = join(temp.path, 'tool');
  writeFileSync(path, '#!/bin/sh\necho hi\n', { mode: 0o755 });
  assert.equal(exec.find(['/nowhere', path]), path);
  chmodSync(path, 0o757);
  assert.match((await exec.run({ program: path, args: [] }, on)).why, /anyone may change it/);
  assert.equal(exec.find([path]), undefined);
});

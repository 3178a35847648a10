import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { OutsideCheck, OutsideEnd } from '#model/outside.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { makeTemp } from '#test/lab/temp.ts';
import { openClock } from './clock.ts';
import { openFiles } from './files.ts';
import { openOutside } from './outside.ts';

const outside = openOutside([], { files: openFiles(), clock: openClock() });
const run = (words: OutsideCheck['run'], more: Partial<OutsideCheck> = {}): Promise<OutsideEnd> =>
  outside.run(
    { name: 'x', run: words, everyMs: 1000, timeLimitMs: 5000, user: '', format: 'nagios', ...more },
    AbortSignal.timeout(20_000),
  );

test('a program is run without a shell, and its exit code and outputs come back', async () => {
  const end = await run(['/bin/sh', '-c', 'echo "$1"; echo err >&2; exit 2', 'x', '$(id)']);
  assert.equal(end.code, 2);
  assert.equal(end.stdout.toString(), '$(id)\n');
  assert.equal(end.stderr.toString(), 'err\n');
  assert.equal(end.why, '');
});

test('it runs as another user, without our groups and our environment', { skip: needsRoot() }, async () => {
  const end = await run(['/bin/sh', '-c', 'id -u; id -G; env | sort'], { user: 'nobody' });
  assert.match(end.stdout.toString(), /^65534\n65534\nHOME=\/\nLANG=C.UTF-8\nPATH=[^\n]*\nPWD=\/\n/);
  assert.equal((await run(['/bin/true'], { user: 'no-such-user' })).why, 'there is no user "no-such-user"');
});

test('what takes too long or says too much is ended', async () => {
  const late = await run(['/bin/sleep', '60'], { timeLimitMs: 100 });
  assert.deepEqual([late.code, late.why], [-1, 'no end after 100 ms']);
  const loud = await run(['/usr/bin/yes']);
  assert.match(loud.why, /wrote more than/);
  assert.ok(loud.stdout.length <= 8192);
});

test('a program that others may exchange is not run as root', { skip: needsRoot() }, async () => {
  await using temp = await makeTemp();
  const path = `${temp.path}/check`;
  writeFileSync(path, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  assert.equal((await run([path])).why, '');
  chmodSync(path, 0o757);
  assert.match((await run([path])).why, /anyone may change it/);
  chmodSync(path, 0o755);
  chownSync(path, 65_534, 65_534);
  assert.match((await run([path])).why, /belongs to uid 65534/);
  const open = `${temp.path}/open`;
  mkdirSync(open);
  chmodSync(open, 0o777);
  writeFileSync(`${open}/check`, '#!/bin/sh\n', { mode: 0o755 });
  assert.match((await run([`${open}/check`])).why, /anyone may replace it/);
  assert.match((await run(['true'])).why, /not an absolute path/);
  assert.match((await run(['/no/such/program'])).why, /^ENOENT/);
});

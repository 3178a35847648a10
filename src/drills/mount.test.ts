import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { needsRoot } from '#test/lab/skip.ts';
import { drills } from './index.ts';
import drill from './mount.ts';

const run = promisify(execFile);
const script = join(import.meta.dirname, '../../test/lab/play-drill.ts');

test('the drill mount is listed, and can be stopped before it began', async () => {
  assert.ok(drills.includes(drill));
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});

test('it mounts in the namespace that it is played in, and leaves nothing behind', { skip: needsRoot() }, async () => {
  const play = `"$0" "$1" mount /proc/self/mountinfo && grep -c telltale-rehearsal /proc/self/mountinfo; true`;
  const args = ['--mount', '--propagation', 'private', '/bin/sh', '-c', play, process.execPath, script];
  const { stdout } = await run('/usr/bin/unshare', args);
  const end = stdout.lastIndexOf('}') + 1;
  const { words, during } = JSON.parse(stdout.slice(0, end)) as { words: string; during: string };
  const place = /^mounted an empty tmpfs at (\/\S+)$/.exec(words)?.[1] ?? 'none';
  assert.ok(during.includes(` ${place} `), 'it stands while it is played');
  assert.match(during, /ro,nosuid,nodev,noexec[^\n]* - tmpfs telltale-rehearsal/);
  assert.equal(stdout.slice(end).trim(), '0');
});

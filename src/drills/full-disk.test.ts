import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { makeOverlay } from '#test/lab/overlay.ts';
import { needsRoot } from '#test/lab/skip.ts';
import drill from './full-disk.ts';
import { drills } from './index.ts';

const script = join(import.meta.dirname, '../../test/lab/play-drill.ts');

test('the drill full-disk is listed, and can be stopped before it began', async () => {
  assert.ok(drills.includes(drill));
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});

test('what it mounts is full and read-only, and leaves nothing behind', { skip: needsRoot() }, async () => {
  await using machine = await makeOverlay();
  // Not over /tmp: the program itself may lie there.
  await machine.sh('mkdir /played; mount -t tmpfs tmpfs /played');
  const args = [script, 'full-disk', '/proc/self/mountinfo'];
  const { stdout, stderr } = await machine.run(process.execPath, args, { TMPDIR: '/played' });
  const { words, during } = JSON.parse(stdout || stderr) as { words: string; during: string };
  const point = /^mounted a full file system at (\/\S+)$/.exec(words)?.[1] ?? 'none';
  assert.match(
    during.split('\n').find((line) => line.includes(` ${point} `)) ?? '',
    /ro,nosuid,nodev,noexec.* - ext4 \/dev\/loop\d+/,
  );
  assert.equal(await machine.sh('ls -A /played; grep -c telltale-rehearsal /proc/self/mountinfo || true'), '0\n');
});

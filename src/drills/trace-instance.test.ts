import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import test from 'node:test';
import { openTracefsMount } from '#host/tracefs-mount.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { drills } from './index.ts';
import drill from './trace-instance.ts';

test('the drill trace-instance is listed, and can be stopped before it began', async () => {
  assert.ok(drills.includes(drill));
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});

test('it makes one instance and removes it, also where a killed one left its own', { skip: needsRoot() }, async () => {
  const mount = openTracefsMount();
  assert.ok(typeof mount !== 'string');
  using tracefs = mount;
  const path = `${tracefs.path}/instances/rehearsal-of-telltale`;
  mkdirSync(path);
  {
    await using act = await drill.act({ own: new Set() }, AbortSignal.timeout(10_000));
    assert.match(act.words, /rehearsal-of-telltale/);
    assert.ok(existsSync(path));
  }
  assert.ok(!existsSync(path));
});

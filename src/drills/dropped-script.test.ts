import assert from 'node:assert/strict';
import test from 'node:test';
import drill from './dropped-script.ts';
import { drills } from './index.ts';

test('the drill dropped-script is listed, and can be stopped before it began', async () => {
  assert.ok(drills.includes(drill));
  assert.ok(drill.rules.length > 0);
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});

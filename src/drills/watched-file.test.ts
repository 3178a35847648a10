import assert from 'node:assert/strict';
import test from 'node:test';
import { drills } from './index.ts';
import drill from './watched-file.ts';

test('the drill watched-file is listed, and can be stopped before it began', async () => {
  assert.ok(drills.includes(drill));
  assert.ok(drill.rules.length > 0);
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});

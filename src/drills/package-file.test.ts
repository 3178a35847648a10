import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { makeOverlay } from '#test/lab/overlay.ts';
import { needsRoot } from '#test/lab/skip.ts';
import { drills } from './index.ts';
import drill from './package-file.ts';

const PATH = '/usr/share/common-licenses/Apache-2.0';
const script = join(import.meta.dirname, '../../test/lab/play-drill.ts');

test('the drill package-file is listed, and can be stopped before it began', async () => {
  assert.ok(drills.includes(drill));
  await assert.rejects(drill.act({ own: new Set() }, AbortSignal.abort()));
});

test('it gives the file back as it was, and leaves one alone that is not as shipped', {
  skip: needsRoot(),
}, async () => {
  await using machine = await makeOverlay();
  const mode = (): Promise<string> => machine.sh(`stat -c %a:%Y ${PATH}`);
  const before = await mode();
  const played = await machine.run(process.execPath, [script, 'package-file', PATH]);
  assert.match(played.stdout, /took the right to write from/);
  assert.equal(await mode(), before);
  await machine.sh(`chmod 600 ${PATH}`);
  const refused = await machine.run(process.execPath, [script, 'package-file', PATH]);
  assert.match(refused.stderr, /its mode is 600, not as its package shipped it/);
  assert.match(await mode(), /^600:/);
});

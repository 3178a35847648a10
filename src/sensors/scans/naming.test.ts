import assert from 'node:assert/strict';
import test from 'node:test';
import { scanScene as scene } from '#test/lab/scan-scene.ts';

const WHO = '198.51.100.7';

test('one stray probe before makes a fast scan no slow one, whether minutes or days ago', async () => {
  for (const beforeMs of [7 * 60_000, 11 * 60_000, 5 * 86_400_000]) {
    await using on = await scene();
    on.probe(WHO, 8081);
    await on.wait(beforeMs);
    for (let port = 2000; port < 2045; port += 1) on.probe(WHO, port);
    await on.wait(400);
    assert.deepEqual(
      on.told.map(({ kind, also }) => [kind, also]),
      [['syn', []]],
      `${beforeMs}`,
    );
  }
});

test('probes twenty seconds apart are a slow scan, also when two of them come together', async () => {
  await using on = await scene();
  for (let port = 2000; port < 2010; port += 1) {
    on.probe(WHO, port);
    if (port === 2004) on.probe(WHO, 3000);
    await on.wait(20_000);
  }
  const [row] = await on.rows();
  assert.equal(row?.kind, 'slow');
  assert.equal(on.told.length, 1);
});

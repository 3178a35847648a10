import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sightOf } from './sight.ts';

test('a watch sees everything, and its scans have their picture', async () => {
  const sight = await sightOf();
  assert.ok(sight.sensors.some(({ name }) => name === 'scans'));
  assert.ok(sight.rules.length > 100 && sight.listeners.length > 10);
  assert.equal(typeof sight.dotsOf, 'function');
});

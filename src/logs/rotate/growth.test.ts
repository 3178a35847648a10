import assert from 'node:assert/strict';
import test from 'node:test';
import { growthOf } from './growth.ts';

const minute = 60_000;
const MIB = 1 << 20;

test('a log that fills its disk is named with the time left; slow, new and shrunken ones are not', () => {
  const free = (): number => 600 * MIB;
  const look = (sizes: Readonly<Record<string, number>>): { log: string; sizeBytes: number }[] =>
    Object.entries(sizes).map(([log, mib]) => ({ log, sizeBytes: mib * MIB }));
  const first = growthOf(look({ a: 10, b: 10, c: 10, gone: -1 }), new Map(), 0, free);
  assert.deepEqual(first.threatening, []);
  assert.deepEqual([...first.sizes.keys()], ['a', 'b', 'c']);
  const second = growthOf(look({ a: 20, b: 10.5, c: 1, d: 500 }), first.sizes, minute, free);
  assert.deepEqual(second.threatening, [{ log: 'a', fullInMs: 60 * minute }]);
  const third = growthOf(look({ a: 20 }), second.sizes, minute, free);
  assert.deepEqual(third.threatening, [], 'no time has passed');
  const unknown = growthOf(look({ a: 90 }), first.sizes, minute, () => undefined);
  assert.deepEqual(unknown.threatening, []);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { AgingMap } from './aging-map.ts';

test('it never holds more than its limit, always the newer half, and what it says of a key is true', () => {
  const step = fc.tuple(fc.constantFrom('set', 'delete'), fc.nat(30));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const map = new AgingMap<number, number>(10);
      let newest: number[] = [];
      for (const [index, [what, key]] of steps.entries()) {
        newest = newest.filter((other) => other !== key);
        if (what === 'delete') map.delete(key);
        else {
          map.set(key, index);
          newest.push(key);
          assert.equal(map.get(key), index);
        }
        assert.equal(map.has(key), what === 'set');
        assert.ok(map.size <= 10);
        // Setting an old key again moves it, so at least four of the newest are there.
        for (const kept of newest.slice(-4)) assert.ok(map.has(kept), `${kept} is gone`);
        assert.equal([...map.entries()].length, map.size);
      }
    }),
  );
});

test('clear() leaves nothing', () => {
  const map = new AgingMap<string, number>(4);
  for (const key of ['a', 'b', 'c']) map.set(key, 1);
  map.clear();
  assert.equal(map.size, 0);
  assert.equal(map.get('c'), undefined);
});

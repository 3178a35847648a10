import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Row } from '#model/table.ts';
import { apply, byKey, compare, differs } from './compare.ts';

const row = fc.record({
  state: fc.constantFrom('a', 'b'),
  list: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
  pid: fc.nat(3),
});
const rows = fc.dictionary(fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5'), row).map((it) => new Map(Object.entries(it)));
const compared = ['state', 'list'];
const worth = (map: ReadonlyMap<string, Row>): unknown =>
  [...map].map(([key, { state, list }]) => [key, state, list]).sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));

test('apply(compare(a, b), a) is b in all that is compared', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      assert.deepEqual(worth(apply(compare(a, b, compared), a)), worth(b));
    }),
  );
});

test('compare(a, b) says nothing exactly when nothing that counts differs', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const same = JSON.stringify(worth(a)) === JSON.stringify(worth(b));
      assert.equal(compare(a, b, compared).length === 0, same);
    }),
  );
});

test('compare() names each key once', () => {
  fc.assert(
    fc.property(rows, rows, (a, b) => {
      const keys = compare(a, b, compared).map((change) => change.key);
      assert.equal(new Set(keys).size, keys.length);
    }),
  );
});

test('differs() looks at compared columns alone, and into lists', () => {
  assert.equal(differs({ a: 1, pid: 1 }, { a: 1, pid: 2 }, ['a']), false);
  assert.equal(differs({ a: ['x'] }, { a: ['x'] }, ['a']), false);
  assert.equal(differs({ a: ['x'] }, { a: ['y'] }, ['a']), true);
  assert.equal(differs({ a: 1 }, { a: '1' }, ['a']), true);
});

test('byKey() keeps the last of two rows with one identity', () => {
  const table = { name: 't', doc: '', key: ['k'], slot: [], compared: [], columns: {} };
  assert.deepEqual(
    [
      ...byKey(
        [
          { k: 1, v: 1 },
          { k: 1, v: 2 },
        ],
        table,
      ).values(),
    ],
    [{ k: 1, v: 2 }],
  );
});

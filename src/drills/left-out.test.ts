import assert from 'node:assert/strict';
import test from 'node:test';
import { rules } from '#rules/index.ts';
import { drills } from './index.ts';
import { leftOut } from './left-out.ts';

test('every family of rules is rehearsed, or it is said why not', () => {
  const tableOf = new Map(rules.map(({ id, on }) => [id, on]));
  const rehearsed = new Set(drills.flatMap((drill) => drill.rules.map((id) => tableOf.get(id))));
  const excused = new Set(leftOut.map(({ table }) => table));
  const tables = [...new Set(rules.map(({ on }) => on))];
  assert.deepEqual(
    tables.filter((table) => !rehearsed.has(table) && !excused.has(table)),
    [],
    'neither rehearsed nor excused',
  );
  assert.deepEqual(
    [...excused].filter((table) => rehearsed.has(table) || !tables.includes(table)),
    [],
    'excused for nothing',
  );
  for (const { why } of leftOut) assert.ok(why.length > 20);
});

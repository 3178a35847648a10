import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distinctGaps, type Gap } from './gap.ts';

test('a gap that many meet is one; another reason is another gap; what is blind is not told as reduced as well', () => {
  const gap = (what: string, why: string, reduced?: true): Gap => ({ what, why, ...(reduced && { reduced }) });
  const given = [
    gap('a', 'x', true),
    gap('a', 'x'),
    gap('b', 'x', true),
    gap('a', 'x'),
    gap('a', 'y'),
    gap('b', 'x', true),
  ];
  assert.deepEqual(distinctGaps(given), [gap('a', 'x'), gap('b', 'x', true), gap('a', 'y')]);
  assert.deepEqual(distinctGaps([]), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { linesOf, parseLines } from './parse-lines.ts';

test('linesOf() does not invent a last line', () => {
  assert.deepEqual(linesOf(''), []);
  assert.deepEqual(linesOf('a\n'), ['a']);
  assert.deepEqual(linesOf('a\n\nb'), ['a', '', 'b']);
});

test('parseLines() accounts for every line of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { rows, rejects } = parseLines(text, (line) => (line.length % 2 === 0 ? line : undefined));
      assert.equal(rows.length + rejects.length, linesOf(text).length);
    }),
  );
});

test('parseLines() leaves headers out', () => {
  assert.deepEqual(
    parseLines('head\nx\n', (line) => line, 1),
    { rows: ['x'], rejects: [] },
  );
});

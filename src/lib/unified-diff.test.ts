import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { unifiedDiff } from './unified-diff.ts';

test('unifiedDiff() shows what changed with what stands around it', () => {
  const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n';
  const after = 'a\nb\nc\nD\ne\nf\ng\nh\ni\nj\nk\n';
  assert.equal(unifiedDiff(before, after), '@@ -2 +2 @@\n b\n c\n-d\n+D\n e\n f\n@@ -9 +9 @@\n i\n j\n+k\n ');
  assert.equal(unifiedDiff(before, before), '');
});

test('unifiedDiff() is bounded in lines and width, and says how much it left out', () => {
  const many = Array.from({ length: 5000 }, (_, at) => `line ${at}`).join('\n');
  const told = unifiedDiff('', `${many}\n${'x'.repeat(500)}`).split('\n');
  assert.equal(told.length, 61);
  assert.match(told.at(-1) ?? '', /^… and 49\d\d more$/);
  assert.ok(unifiedDiff('', 'y'.repeat(500)).length < 250);
});

test('unifiedDiff() leads from one text to the other', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '')).map((lines) => lines.join('\n'));
  const wide = { context: 1000, lines: 10_000, width: 10 };
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = unifiedDiff(before, after, wide).split('\n').slice(1);
      const of = (signs: string): string =>
        lines
          .filter((line) => signs.includes(line.charAt(0)))
          .map((line) => line.slice(1))
          .join('\n');
      if (before === after) return;
      assert.equal(of(' -'), before);
      assert.equal(of(' +'), after);
    }),
  );
});

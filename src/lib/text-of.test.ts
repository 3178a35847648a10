import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { textOf } from './text-of.ts';

test('textOf() reads UTF-8, and any other bytes without losing a line', () => {
  assert.equal(textOf(Buffer.from('Grüße\n')), 'Grüße\n');
  assert.equal(textOf(Buffer.from('a\n\xff\nb\n', 'latin1')), 'a\nÿ\nb\n');
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const newlines = bytes.filter((byte) => byte === 10).length;
      assert.equal(textOf(bytes).split('\n').length - 1, newlines);
    }),
  );
});

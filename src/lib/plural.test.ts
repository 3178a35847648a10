import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinWords, plural, pluralWords, thousands } from './plural.ts';

test('thousands() sets a comma at each thousand', () => {
  assert.deepEqual([0, 999, 1000, 1418, 1234567, 1234.5].map(thousands), [
    '0',
    '999',
    '1,000',
    '1,418',
    '1,234,567',
    '1,234.5',
  ]);
});

test('plural() and pluralWords() choose the noun by the number', () => {
  assert.equal(plural(1, 'change'), '1 change');
  assert.equal(plural(0, 'change'), '0 changes');
  assert.equal(plural(1418, 'process', 'processes'), '1,418 processes');
  assert.equal(pluralWords(2, 'thing'), 'Two things');
  assert.equal(pluralWords(13, 'thing'), '13 things');
});

test('joinWords() joins as people do', () => {
  assert.equal(joinWords([]), '');
  assert.equal(joinWords(['a']), 'a');
  assert.equal(joinWords(['a', 'b']), 'a and b');
  assert.equal(joinWords(['a', 'b', 'c']), 'a, b and c');
});

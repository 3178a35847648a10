import assert from 'node:assert/strict';
import test from 'node:test';
import { trimEndOf } from './trim-end.ts';

test('trimEndOf() cuts what is named off the end, and nothing else', () => {
  assert.equal(trimEndOf('a b \t ', ' \t'), 'a b');
  assert.equal(trimEndOf('\t\t', ' \t'), '');
  assert.equal(trimEndOf('a\r ', ' \t'), 'a\r');
  assert.equal(trimEndOf('', ' '), '');
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { errnoWords } from './errno-words.ts';

test('errors of files in words; what is not known stays', () => {
  assert.equal(errnoWords('ENOENT'), 'no such file (ENOENT)');
  assert.equal(errnoWords('EXDEV'), 'EXDEV');
  assert.equal(errnoWords('toString'), 'toString');
});

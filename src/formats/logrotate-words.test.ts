import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitWords } from './logrotate-words.ts';

test('splitWords() divides at blanks and honours quotes', () => {
  assert.deepEqual(splitWords(` /a "/b c" '/d"e' /f\\ g\n/h`), ['/a', '/b c', '/d"e', '/f g', '/h']);
  assert.deepEqual(splitWords('""'), []);
  assert.equal(splitWords('/a\\'), undefined);
});

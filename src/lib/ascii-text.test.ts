import assert from 'node:assert/strict';
import test from 'node:test';
import { asciiOf } from './ascii-text.ts';

test('signs of ours are typed, other characters stand by number, and ASCII with its escapes stays', () => {
  assert.equal(asciiOf('sh ← sshd, 3×…'), 'sh <- sshd, 3x...');
  assert.equal(asciiOf('日🚀'), '\\u{65e5}\\u{1f680}');
  assert.equal(asciiOf('\u001b[1ma\tb\n'), '\u001b[1ma\tb\n');
});

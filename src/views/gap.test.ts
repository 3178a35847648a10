import assert from 'node:assert/strict';
import test from 'node:test';
import { gapWords, gathered } from './gap.ts';

const file = (what: string) => ({ what, why: 'EACCES' });

test('files with the same trouble are one thing to say; few of them, and other things, are said one by one', () => {
  const few = [file('/etc/shadow'), { what: 'packets', why: 'EACCES' }, file('/root')];
  assert.deepEqual(gathered(few), [few[0], few[2], few[1]]);
  const many = [{ what: 'packets', why: 'x' }, ...['/a', '/b', '/c', '/d', '/e'].map(file)];
  assert.deepEqual(gathered(many), [many[0], { what: '/a, /b, /c and 2 more files', why: 'EACCES' }]);
});

test('what is less than possible is not gathered with what is blind', () => {
  const less = ['/c', '/d'].map((what) => ({ what, why: 'EACCES', reduced: true as const }));
  const gaps = [file('/a'), file('/b'), ...less];
  assert.equal(gathered(gaps).length, 4);
});

test('gapWords() says what the kernel said in words, and nothing in it acts on a terminal', () => {
  assert.equal(gapWords(file('/etc/shadow')), '/etc/shadow (permission denied)');
  assert.equal(gapWords({ what: '/a\u001b', why: 'b\u202e' }), '/a\\u{1b} (b\\u{202e})');
});

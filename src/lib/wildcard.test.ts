import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { matchesWildcard } from './wildcard.ts';

test('matchesWildcard() reads stars, marks and sets', () => {
  const yes: [string, string][] = [
    ['*.conf', 'a.conf'],
    ['*', ''],
    ['a*b*c', 'axxbyyc'],
    ['?', 'x'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[]]', ']'],
    ['\\*', '*'],
    ['[', '['],
    ['[x', '[x'],
  ];
  const no: [string, string][] = [
    ['*.conf', 'a.conf~'],
    ['?', ''],
    ['[!a-c]x', 'ax'],
    ['\\*', 'x'],
    ['a*b', 'a'],
    ['', 'x'],
  ];
  for (const [pattern, text] of yes) assert.ok(matchesWildcard(pattern, text), `${pattern} ${text}`);
  for (const [pattern, text] of no) assert.ok(!matchesWildcard(pattern, text), `${pattern} ${text}`);
  assert.ok(matchesWildcard('[a]', '[a]', false));
});

test('matchesWildcard() says what a regular expression says, and ends on what would hang one', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map((parts) => parts.join(''));
  const texts = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(letters, texts, (pattern, text) => {
      const same = new RegExp(`^${pattern.replaceAll('?', '.').replaceAll('*', '.*')}$`);
      assert.equal(matchesWildcard(pattern, text), same.test(text));
    }),
  );
  assert.ok(!matchesWildcard('*a'.repeat(200), 'a'.repeat(199)));
});

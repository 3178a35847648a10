import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { scanConfig, takeLine, takeValue } from './logrotate-scan.ts';

interface Heard {
  readonly all: string[];
  readonly whole: boolean;
  readonly line: number;
}

function scan(text: string, verdict: (word: string) => 'go' | 'skip' = () => 'go'): Heard {
  const all: string[] = [];
  let line = 1;
  const whole = scanConfig(text, {
    word: (word, cursor) => {
      line = cursor.line;
      const value = takeValue(cursor);
      all.push(`${cursor.line} ${word}=${value ?? ''}`);
      return verdict(word);
    },
    names: (names) => (all.push(`names ${names}`) > 0 ? 'go' : 'stop'),
    close: (cursor) => (all.push(`${cursor.line} close`) > 0 ? 'go' : 'stop'),
    script: (word, script) => void all.push(`${word}:${script}`),
    mistake: (where, words) => void all.push(`${where}! ${words}`),
    skipping: () => void all.push('skipping'),
    skipped: () => void all.push('skipped'),
  });
  return { all, whole, line };
}

test('scanConfig() comes to an end on any text, and never reads a line twice', () => {
  const pieces = fc.constantFrom(
    '/a ',
    '{',
    '}',
    '\n',
    ' ',
    '"',
    "'",
    '\\',
    '#',
    'rotate 3',
    'postrotate',
    'endscript',
    '=',
    '\0',
    'é',
    '~/x',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const text = parts.join('');
      for (const verdict of [() => 'go' as const, () => 'skip' as const]) {
        const { all, line } = scan(text, verdict);
        assert.ok(line <= text.split('\n').length);
        assert.ok(all.length <= text.length + 3);
      }
    }),
    { numRuns: 2000 },
  );
});

test('scanConfig() reads words, paragraphs and scripts', () => {
  const { all, whole } = scan('weekly\n/a /b {\n rotate = 3 \n postrotate\n  x }\n endscript\n}\n');
  assert.deepEqual(all, ['1 weekly=', 'names /a /b ', '3 rotate=3', 'postrotate:\n  x }\n', '7 close']);
  assert.equal(whole, true);
});

test('scanConfig() passes over a paragraph with a mistake up to its brace in the first column', () => {
  const { all } = scan('/a {\n rotate x\n postrotate\n}\n endscript\n}\ndaily\n', (word) =>
    word === 'rotate' ? 'skip' : 'go',
  );
  assert.deepEqual(all, ['names /a ', '2 rotate=x', 'skipping', 'skipped', '7 daily=']);
});

test('takeLine() leaves the line end, and cuts blanks before it', () => {
  const cursor = { text: '  a b \t\nc', at: 0, line: 1 };
  assert.equal(takeLine(cursor), '  a b');
  assert.equal(cursor.text[cursor.at], ' ');
});

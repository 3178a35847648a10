import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notesAt } from './notes.ts';

test('prose is broken anew where a line was full; short lines, blanks and what is to be typed stay', () => {
  const full = `${'word '.repeat(15)}end`;
  const notes = `${full}\nof it.\nA line.\nAnother.\n\nExamples:\n  telltale ${'long '.repeat(20)}`;
  const lines = notesAt(notes, 60);
  assert.deepEqual(lines.slice(0, 2), ['word '.repeat(12).trim(), 'word word word end of it.']);
  assert.deepEqual(lines.slice(2, 6), ['A line.', 'Another.', '', 'Examples:']);
  assert.equal(lines.at(-1), `  telltale ${'long '.repeat(20)}`);
  assert.deepEqual(notesAt(notes, undefined), notes.split('\n'));
});

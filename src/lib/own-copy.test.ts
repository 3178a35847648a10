import assert from 'node:assert/strict';
import test from 'node:test';
import { ownCopy } from './own-copy.ts';

test('a word that is kept does not keep the file that it was cut from', () => {
  assert.deepEqual(ownCopy({ a: ['b', 1, true] }), { a: ['b', 1, true] });
  const words: string[] = [];
  const before = process.memoryUsage().heapUsed;
  for (let file = 0; file < 40; file += 1) {
    const text = Buffer.alloc(4 << 20, `${file} line of text\n`).toString('latin1');
    words.push(ownCopy(text.slice(100_000, 100_020)));
  }
  assert.equal(words.length, 40);
  assert.ok(process.memoryUsage().heapUsed - before < 80 << 20, 'forty files of 4 MiB are not kept');
});

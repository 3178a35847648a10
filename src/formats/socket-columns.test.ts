import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindWord, SocketColumns, word } from './socket-columns.ts';

/** Adds rows `from` to `to`; each has its number as inode, and every third a name. */
function fill(columns: SocketColumns, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    const base = columns.add();
    columns.words[base + word.kind] = kindWord(row % 3 === 0 ? 'unix' : 'inet', row % 3 === 0 ? 'stream' : 'tcp', 10);
    columns.words[base + word.inode] = row + 1;
    const name = Buffer.from(`/run/${row}`);
    if (row % 3 === 0) columns.addName(base, name, 0, name.length);
  }
}

function check(columns: SocketColumns, length: number): void {
  assert.equal(columns.length, length);
  for (let row = 0; row < length; row++) {
    assert.equal(columns.inodeAt(row), row + 1);
    const { inode, path, localPort } = columns.at(row);
    assert.deepEqual([inode, path, localPort], [row + 1, row % 3 === 0 ? `/run/${row}` : '', 0]);
  }
  assert.throws(() => columns.at(length), RangeError);
}

test('SocketColumns keeps every row over the edges of its blocks, from a small start and from a whole block', () => {
  for (const expected of [16, 1000, undefined]) {
    const columns = new SocketColumns(expected);
    fill(columns, 0, 3073);
    check(columns, 3073);
  }
});

test('truncate() takes rows back, and rows added afterwards are zero again', () => {
  for (const left of [0, 5, 1023, 1024, 1025, 2048]) {
    const columns = new SocketColumns(16);
    fill(columns, 0, left);
    for (let row = left; row < 2100; row++) {
      const base = columns.add();
      columns.words.fill(0xff_ff, base, base + 19);
    }
    columns.truncate(left);
    check(columns, left);
    fill(columns, left, 3000);
    check(columns, 3000);
  }
});

test('release() gives the blocks to the next snapshot, whose rows are zero, and leaves nothing to be read', () => {
  const spare: Uint32Array[] = [];
  const first = new SocketColumns(undefined, spare);
  fill(first, 0, 3000);
  first.release();
  assert.equal(spare.length, 3);
  check(first, 0);
  const second = new SocketColumns(undefined, spare);
  for (let row = 0; row < 3000; row++) second.add();
  assert.equal(spare.length, 0);
  for (let row = 0; row < 3000; row++) assert.equal(second.inodeAt(row), 0);
  fill(first, 0, 40);
  check(first, 40);
  assert.equal(second.inodeAt(0), 0, 'the two share nothing');
});

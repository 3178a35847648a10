import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readTracePage } from './trace-page.ts';

const fixture = (name: string): Buffer => readFileSync(new URL(`../../test/fixtures/trace/${name}`, import.meta.url));

/** A page with these events after the header; `flags` go to bits 30 and 31 of the commit word. */
function pageOf(events: readonly Buffer[], flags = 0, after = Buffer.alloc(0)): Buffer {
  const data = Buffer.concat(events);
  const page = Buffer.alloc(4096);
  page.writeBigUInt64LE(1_000_000n, 0);
  page.writeUInt32LE(flags + data.length, 8);
  data.copy(page, 16);
  after.copy(page, 16 + data.length);
  return page;
}

function event(type: number, delta: number, words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + words.length * 4);
  bytes.writeUInt32LE(delta * 32 + type, 0);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, 4 + index * 4);
  return bytes;
}

function timesIn(page: Buffer): { times: number[]; lengths: number[]; read: ReturnType<typeof readTracePage> } {
  const times: number[] = [];
  const lengths: number[] = [];
  const read = readTracePage(page, (_page, _at, length, timeNs) => {
    times.push(timeNs);
    lengths.push(length);
  });
  return { times, lengths, read };
}

test('readTracePage() reads a captured page to its end, in order of time', () => {
  const { times, read } = timesIn(fixture('page.bin'));
  assert.deepEqual({ ...read, records: read.records > 5 }, { records: true, missed: 0, whole: true });
  assert.deepEqual(
    times,
    [...times].sort((a, b) => a - b),
  );
});

test('readTracePage() gives the number of records that the kernel says were overwritten', () => {
  assert.equal(timesIn(fixture('page-after-loss.bin')).read.missed, 945);
});

test('readTracePage() says −1 when records were lost and the page had no room for the number', () => {
  assert.equal(timesIn(pageOf([event(2, 5, [1, 2])], 2 ** 31)).read.missed, -1);
  const number = Buffer.alloc(8);
  number.writeBigUInt64LE(2n ** 33n);
  assert.equal(timesIn(pageOf([event(2, 5, [1, 2])], 2 ** 31 + 2 ** 30, number)).read.missed, 2 ** 33);
});

test('readTracePage() follows time extensions, absolute stamps, long records and padding', () => {
  const page = pageOf([
    event(2, 10, [1, 2]),
    event(30, 3, [2]), // + 3 + 2 × 2^27
    event(1, 1, [7]),
    event(29, 4, [4]), // a record that was taken back: 8 bytes in all
    event(0, 5, [12, 1, 2]), // long form: 8 bytes of data
    event(31, 7, [9]), // absolute: 7 + 9 × 2^27
    event(1, 2, [7]),
  ]);
  const extended = 1_000_010 + 3 + 2 * 2 ** 27;
  const { times, lengths, read } = timesIn(page);
  assert.deepEqual(times, [1_000_010, extended + 1, extended + 10, 9 + 9 * 2 ** 27]);
  assert.deepEqual(lengths, [8, 4, 8, 4]);
  assert.equal(read.whole, true);
});

test('readTracePage() stops at the null event and says when an event is torn', () => {
  assert.deepEqual(timesIn(pageOf([event(1, 1, [7]), event(29, 0, []), event(1, 1, [7])])).read, {
    records: 1,
    missed: 0,
    whole: true,
  });
  assert.equal(timesIn(pageOf([event(1, 1, [7]), event(9, 1, [7])])).read.whole, false);
});

test('readTracePage() never throws and hands out only what lies in the page, whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 512 }), fc.nat(600), (bytes, length) => {
      const page = Buffer.from(bytes);
      if (page.length >= 12) page.writeUIntLE(length, 8, 3);
      const read = readTracePage(page, (_page, at, size) => {
        assert.ok(at >= 20 && size > 0 && at + size <= page.length);
      });
      assert.ok(read.missed >= -1 && read.records <= page.length / 8);
    }),
    { numRuns: 2000 },
  );
});

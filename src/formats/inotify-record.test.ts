import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseInotify } from './inotify-record.ts';

function record(watch: number, mask: number, name: string): Buffer {
  const text = Buffer.alloc(name === '' ? 0 : 16);
  text.write(name);
  const head = Buffer.alloc(16);
  head.writeInt32LE(watch, 0);
  head.writeUInt32LE(mask, 4);
  head.writeUInt32LE(text.length, 12);
  return Buffer.concat([head, text]);
}

test('parseInotify() reads names without their padding; "." for the folder itself', () => {
  const { records, damaged } = parseInotify(Buffer.concat([record(3, 8, 'passwd'), record(3, 4, '')]));
  assert.deepEqual(records, [
    { watch: 3, mask: 8, name: 'passwd' },
    { watch: 3, mask: 4, name: '.' },
  ]);
  assert.ok(!damaged);
  assert.ok(parseInotify(record(3, 8, 'passwd').subarray(0, 20)).damaged);
});

test('parseInotify() accounts for any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const { records, damaged } = parseInotify(Buffer.from(bytes));
      assert.ok(records.length <= bytes.length / 16);
      assert.ok(damaged || records.length > 0 || bytes.length === 0);
    }),
  );
});

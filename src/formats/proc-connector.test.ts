import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseConnector } from './proc-connector.ts';

function message(what: number, data: readonly number[]): Buffer {
  const bytes = Buffer.alloc(76);
  bytes.writeUInt32LE(76, 0);
  bytes.writeUInt32LE(what, 36);
  bytes.writeBigUInt64LE(5_000_000_000n, 44);
  for (const [index, number] of data.entries()) bytes.writeUInt32LE(number, 52 + index * 4);
  return bytes;
}

test('parseConnector() tells threads from processes, and what became of them', () => {
  const timeNs = 5e9;
  const { rows, rejects } = parseConnector(
    Buffer.concat([
      message(0, [13]),
      message(1, [10, 9, 21, 20]),
      message(2, [20, 20]),
      message(0x80000000, [21, 20]),
      message(0x200, [20, 20]),
    ]),
  );
  assert.deepEqual(rows, [
    { type: 'ack', error: 13 },
    { type: 'fork', timeNs, parent: 9, tid: 21, pid: 20 },
    { type: 'exec', timeNs, tid: 20, pid: 20 },
    { type: 'exit', timeNs, tid: 21, pid: 20 },
  ]);
  assert.equal(rejects, 1);
});

test('parseConnector() never throws, whatever the bytes are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { rows, rejects } = parseConnector(Buffer.from(bytes));
      assert.ok(rows.length + rejects <= bytes.length / 16 + 1);
    }),
  );
});

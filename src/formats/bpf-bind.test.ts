import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseBindRecord } from './bpf-bind.ts';

test('parseBindRecord() reads what the program wrote', () => {
  const bytes = Buffer.alloc(64);
  bytes.writeBigUInt64LE(123n, 0);
  bytes.writeUInt32LE(43, 8);
  bytes.writeUInt32LE(42, 12);
  bytes.writeBigUInt64LE(7n, 16);
  bytes.writeUInt32LE(1000, 24);
  for (const [at, number] of [2, 2, 17, 53].entries()) bytes.writeUInt32LE(number, 32 + at * 4);
  bytes.set([127, 0, 0, 53], 48);
  const record = parseBindRecord(bytes);
  assert.deepEqual(record, {
    type: 'bound',
    timeNs: 123,
    pid: 42,
    tid: 43,
    cookie: 7n,
    uid: 1000,
    family: 2,
    socketType: 2,
    protocol: 17,
    port: 53,
    address: Buffer.from([127, 0, 0, 53]),
  });
});

test('parseBindRecord() gives undefined for other families and short records, and never throws', () => {
  assert.equal(parseBindRecord(Buffer.alloc(64)), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const record = parseBindRecord(Buffer.from(bytes));
      assert.ok(record === undefined || record.address.length === (record.family === 2 ? 4 : 16));
    }),
  );
});

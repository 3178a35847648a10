import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { eachTaskFile, TASK_FILE_BYTES } from './task-file.ts';

test('every whole record is told, and a rest is said to be there', () => {
  const record = fc.record({
    pid: fc.nat(4_194_304),
    descriptor: fc.nat(1_048_576),
    inode: fc.integer({ min: 1, max: 0xffff_ffff }),
  });
  fc.assert(
    fc.property(fc.array(record), fc.nat(TASK_FILE_BYTES - 1), (records, rest) => {
      const bytes = Buffer.alloc(records.length * TASK_FILE_BYTES + rest);
      for (const [index, { pid, descriptor, inode }] of records.entries()) {
        bytes.writeUInt32LE(pid, index * TASK_FILE_BYTES);
        bytes.writeUInt32LE(descriptor, index * TASK_FILE_BYTES + 4);
        bytes.writeUInt32LE(inode, index * TASK_FILE_BYTES + 8);
      }
      const told: typeof records = [];
      const left = eachTaskFile(bytes, (inode, pid, descriptor) => told.push({ pid, descriptor, inode }));
      assert.deepEqual(
        told,
        records.map((one) => ({ ...one })),
      );
      assert.equal(left, rest);
    }),
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { bpfLinkTypes, bpfProgramTypes, parseBpfLink, parseBpfProgram } from './bpf-object.ts';

test('a program’s description is read by its offsets', () => {
  const info = Buffer.alloc(232);
  info.writeUInt32LE(29, 0);
  info.writeUInt32LE(42, 4);
  info.write('0011223344556677', 8, 'hex');
  info.writeBigUInt64LE(5_000_000n, 40);
  info.writeUInt32LE(1000, 48);
  info.write('guard', 64, 'latin1');
  assert.deepEqual(parseBpfProgram(info), {
    type: 29,
    tag: '0011223344556677',
    loadedNs: 5_000_000,
    uid: 1000,
    name: 'guard',
  });
  assert.equal(bpfProgramTypes[29], 'lsm');
  assert.equal(bpfProgramTypes[26], 'tracing');
  assert.equal(bpfProgramTypes[9], 'cgroup_sock');
  assert.equal(bpfLinkTypes[3], 'cgroup');
  assert.equal(parseBpfProgram(info.subarray(0, 40)), undefined);
});

test('any bytes are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const info = Buffer.from(bytes);
      assert.equal(parseBpfProgram(info) === undefined, info.length < 80);
      assert.equal(parseBpfLink(info) === undefined, info.length < 12);
    }),
  );
});

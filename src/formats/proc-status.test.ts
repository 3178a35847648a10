import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseProcStatus } from './proc-status.ts';

test('parseProcStatus() finds process, parent and users', () => {
  const text = 'Name:\tx\\nTgid:\t1\nTgid:\t42\nNgid:\t0\nPid:\t43\nPPid:\t7\nUid:\t1000\t33\t0\t0\n';
  assert.deepEqual(parseProcStatus(Buffer.from(text)), {
    processId: 42,
    parentPid: 7,
    realUid: 1000,
    effectiveUid: 33,
  });
  assert.equal(parseProcStatus(readFileSync('/proc/self/status'))?.processId, process.pid);
});

test('parseProcStatus() gives undefined when a line is missing, and never throws', () => {
  assert.equal(parseProcStatus(Buffer.from('Tgid:\t42\nPPid:\t7\n')), undefined);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      parseProcStatus(Buffer.from(bytes));
    }),
  );
});

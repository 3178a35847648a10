import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseProcStat } from './proc-stat.ts';

const rest = 'S 1 42 42 0 -1 4194560 1 0 0 0 1 2 3 4 20 0 1 0 98765 100 200 0';

test('parseProcStat() reads a name with spaces and parentheses to the last one', () => {
  const stat = parseProcStat(Buffer.from(`42 (a) R 7 (b)) ${rest}\n`));
  assert.deepEqual(stat, {
    pid: 42,
    comm: 'a) R 7 (b)',
    state: 'S',
    parentPid: 1,
    session: 42,
    ttyNumber: 0,
    cpuTicks: 3,
    threads: 1,
    virtualBytes: 100,
    residentPages: 200,
    startTicks: 98_765,
    kernelThread: false,
    ending: false,
  });
  const thread = parseProcStat(Buffer.from(`2 (kthreadd) S 0 0 0 0 -1 2129984 ${rest.slice(27)}`));
  assert.equal(thread?.kernelThread, true);
  assert.equal(parseProcStat(Buffer.from(`42 (a) ${rest.replace('4194560', '4194564')}`))?.ending, true);
  assert.equal(parseProcStat(Buffer.from(`42 (a) ${rest.replace('S', 'Z')}`))?.ending, true);
});

test('parseProcStat() gives undefined for what is no whole line, and never throws', () => {
  assert.equal(parseProcStat(Buffer.from('42 (a) S 1 42')), undefined);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      parseProcStat(Buffer.from(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      const bytes = Buffer.concat([Buffer.from('42 ('), Buffer.from(name), Buffer.from(`) ${rest}`)]);
      assert.equal(parseProcStat(bytes)?.startTicks, 98_765);
    }),
  );
});

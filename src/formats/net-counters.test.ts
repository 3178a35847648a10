import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseNetCounters } from './net-counters.ts';

test('names and numbers of two lines belong together', () => {
  const { rows, rejects } = parseNetCounters(
    'Tcp: RtoAlgorithm MaxConn PassiveOpens\nTcp: 1 -1 712\nUdp: InDatagrams\nUdp: 9\n',
  );
  assert.deepEqual(rejects, []);
  assert.deepEqual(Object.fromEntries(rows), { 'Tcp.RtoAlgorithm': 1, 'Tcp.PassiveOpens': 712, 'Udp.InDatagrams': 9 });
});

test('a line without its other half is told, and the next pair is read', () => {
  const { rows, rejects } = parseNetCounters('Tcp: A B\nTcpExt: C D\nTcpExt: 3 4\nIp: X\nIp: 1 2\n');
  assert.deepEqual(
    [...rows],
    [
      ['TcpExt.C', 3],
      ['TcpExt.D', 4],
    ],
  );
  assert.deepEqual(rejects, ['Tcp: A B', 'Ip: X', 'Ip: 1 2']);
});

test('every line is in a pair or in the rejects', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom('A: x', 'A: 1', 'A: x y', 'A: 1 2', 'B: 3', 'A:'));
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join('\n');
      const { rejects } = parseNetCounters(text);
      const all = text.split('\n').filter((one) => one !== '').length;
      assert.equal((all - rejects.length) % 2, 0);
    }),
  );
});

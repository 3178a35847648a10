import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseIgnore } from './portsentry-ignore.ts';

test('addresses, bits and masks, as PortSentry takes them', () => {
  const text =
    '# ours\n127.0.0.1/32\n0.0.0.0\n\n192.168.0.0/24 # office\n10.0.0.7/8\n172.16.0.0/255.255.0.0\n2001:db8::/48\n';
  assert.deepEqual(
    parseIgnore(text).map(({ line, prefix, words }) => [line, prefix?.text, words]),
    [
      [2, '127.0.0.1', ''],
      [3, '0.0.0.0', ''],
      [5, '192.168.0.0/24', ''],
      [6, '10.0.0.0/8', 'is read as "10.0.0.0/8"'],
      [7, '172.16.0.0/16', ''],
      [8, '2001:db8::/48', ''],
    ],
  );
});

test('what cannot be read is told', () => {
  for (const bad of ['host.example', '10.0.0.0/255.0.255.0', '10.0.0.0/x', '10.0.0.0/40', '/8'])
    assert.deepEqual([parseIgnore(bad)[0]?.prefix, parseIgnore(bad)[0]?.words === ''], [undefined, false], bad);
  fc.assert(fc.property(fc.string(), (text) => void parseIgnore(text)));
});

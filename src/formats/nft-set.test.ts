import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseNftSets } from './nft-set.ts';

const real =
  '{"nftables": [{"metainfo": {"version": "1.0.6"}}, {"set": {"family": "inet", "name": "v4", "table": "t", "type": "ipv4_addr", "handle": 3, "flags": ["interval", "timeout"], "elem": [{"elem": {"val": {"prefix": {"addr": "10.0.0.0", "len": 24}}, "timeout": 3600, "expires": 1799}}, {"elem": {"val": "192.0.2.1", "timeout": 10, "expires": 9}}, "192.0.2.9"]}}]}';

test('addresses and prefixes with what is left of them', () => {
  const { rows, rejects } = parseNftSets(`${real}\n{"nftables": [{"set": {"name": "empty"}}]}\n`);
  assert.deepEqual(rejects, []);
  assert.deepEqual(rows, [
    { set: 'v4', prefix: '10.0.0.0/24', expiresMs: 1_799_000, packets: 0 },
    { set: 'v4', prefix: '192.0.2.1', expiresMs: 9_000, packets: 0 },
    { set: 'v4', prefix: '192.0.2.9', expiresMs: 0, packets: 0 },
  ]);
  const counting =
    '{"nftables": [{"set": {"name": "ban4", "elem": [{"elem": {"val": "1.2.3.4", "expires": 59, "counter": {"packets": 7, "bytes": 280}}}]}}]}';
  assert.deepEqual(parseNftSets(counting).rows, [{ set: 'ban4', prefix: '1.2.3.4', expiresMs: 59_000, packets: 7 }]);
});

test('what is no address is told, not guessed', () => {
  const odd = '{"nftables":[{"set":{"name":"s","elem":[{"concat":["1.2.3.4",22]},{"range":["1.1.1.1","1.1.1.9"]}]}}]}';
  assert.equal(parseNftSets(odd).rejects.length, 2);
  assert.deepEqual(parseNftSets('Error: no such table').rejects, ['Error: no such table']);
  assert.deepEqual(parseNftSets('[]').rejects, ['[]']);
});

test('reads whatever comes', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseNftSets(text)));
  fc.assert(
    fc.property(fc.json(), (text) => void parseNftSets(`{"nftables":[{"set":{"name":"x","elem":[${text}]}}]}`)),
  );
});

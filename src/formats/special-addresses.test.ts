import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { specialUse } from './special-addresses.ts';

test('addresses that are nobody’s are named, their neighbours are not', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['10.0.0.7', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', ''],
    ['192.168.7.0/24', 'private'],
    ['100.64.1.1', 'shared by customers of a provider'],
    ['203.0.113.9', 'documentation'],
    ['203.0.114.9', ''],
    ['255.255.255.255', 'broadcast'],
    ['250.1.1.1', 'reserved'],
    ['fd00:1::7', 'private'],
    ['fe80::1', 'link-local'],
    ['2001:db8:0:1::/64', 'documentation'],
    ['2001:4860:4860::8888', ''],
    ['2001:0:1::1', 'Teredo tunnel'],
    // An IPv4-mapped address is the IPv4 address.
    ['::ffff:10.1.2.3', 'private'],
    ['many senders', ''],
  ];
  for (const [address, words] of cases) assert.equal(specialUse(address), words, address);
});

test('specialUse() takes any text', () => {
  fc.assert(fc.property(fc.string(), (text) => typeof specialUse(text) === 'string'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { gateways4, gateways6, localAddresses4, localAddresses6 } from './own-addresses.ts';

const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
     |-- 192.0.2.2
        /32 host LOCAL
     |-- 192.0.2.255
        /32 link BROADCAST
`;
const route = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
`;
const zero = '0'.repeat(32);
const gateway = `fd${'0'.repeat(29)}1`;
const route6 = `${zero} 00 ${zero} 00 ${gateway} 00000400 00000003 00000000 00000003     eth0\n${gateway} 80 ${zero} 00 ${zero} 00000000 00000003 00000000 80200001       lo\n`;

test('own addresses and gateways of both families', () => {
  assert.deepEqual(localAddresses4(trie), ['127.0.0.1', '192.0.2.2']);
  assert.deepEqual(localAddresses6(`${gateway} 02 40 00 80     eth0\n`), ['fd00::1']);
  assert.deepEqual(gateways4(route), ['192.0.2.1']);
  assert.deepEqual(gateways6(route6), ['fd00::1']);
});

test('whatever stands there, nothing but addresses comes out', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const read of [localAddresses4, localAddresses6, gateways4, gateways6])
        for (const address of read(text)) assert.match(address, /^[\da-f.:]+$/);
    }),
  );
});

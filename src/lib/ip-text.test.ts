import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ipv4Text, ipv6Text } from './ip-text.ts';

const text = (hex: string): string => ipv6Text(Buffer.from(hex, 'hex'));

test('ipv4Text() reads four bytes', () => {
  assert.equal(ipv4Text(Uint8Array.of(9, 192, 0, 2, 1), 1), '192.0.2.1');
});

test('ipv6Text() follows RFC 5952', () => {
  assert.equal(text('00000000000000000000000000000000'), '::');
  assert.equal(text('00000000000000000000000000000001'), '::1');
  assert.equal(text('20010db8000000000001000000000001'), '2001:db8::1:0:0:1');
  assert.equal(text('20010db8000000010001000100010001'), '2001:db8:0:1:1:1:1:1');
  assert.equal(text('fe800000000000000000000000000000'), 'fe80::');
  assert.equal(text('00000000000000000000ffffc0000201'), '::ffff:192.0.2.1');
});

test('ipv6Text() makes a valid address of any bytes, and different ones of different bytes', () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(fc.property(bytes, (value) => isIPv6(ipv6Text(value))));
  fc.assert(fc.property(bytes, bytes, (a, b) => (ipv6Text(a) === ipv6Text(b)) === (Buffer.compare(a, b) === 0)));
});

import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { capabilityText } from './file-capability.ts';

test('capabilityText() speaks as getcap does', () => {
  // setcap cap_net_raw+ep: revision 2, effective, bit 13.
  assert.equal(capabilityText(Buffer.from('0100000200200000000000000000000000000000', 'hex')), 'cap_net_raw=ep');
  const v3 = Buffer.alloc(24);
  v3.writeUInt32LE(0x0300_0000, 0);
  v3.writeUInt32LE(1 << 7, 4);
  v3.writeUInt32LE(1 << 7, 16);
  assert.equal(capabilityText(v3), 'cap_setuid=p cap_bpf=i');
  assert.equal(capabilityText(Buffer.alloc(0)), '');
  assert.equal(capabilityText(Buffer.from('00000009', 'hex')), 'unreadable');
});

test('capabilityText() takes any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => typeof capabilityText(bytes) === 'string'));
});

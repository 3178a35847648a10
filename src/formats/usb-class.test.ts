import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { usbFunction } from './usb-class.ts';

test('every interface is something, whatever it says of itself', () => {
  assert.equal(usbFunction('08', '06', '50'), 'storage');
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (cls, subclass, protocol) => {
      assert.notEqual(usbFunction(cls, subclass, protocol), '');
    }),
  );
});

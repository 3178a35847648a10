import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { byteText } from './byte-text.ts';

test('byteText() gives UTF-8 as it is, and other bytes escaped', () => {
  assert.equal(byteText(Buffer.from('/run/ü')), '/run/ü');
  assert.equal(byteText(Buffer.from([0x2f, 0xff])), '/\\xff');
  assert.equal(byteText(Buffer.from([0xfe, 0x5c])), '\\xfe\\\\');
  assert.notEqual(byteText(Buffer.from([0xff])), byteText(Buffer.from([0xfe])));
});

test('byteText() takes any bytes', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => byteText(bytes).length >= bytes.length / 4));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { bytesOfText, byteText } from './byte-text.ts';

test('byteText() gives UTF-8 as it is, and other bytes escaped', () => {
  assert.equal(byteText(Buffer.from('/run/ü')), '/run/ü');
  assert.equal(byteText(Buffer.from([0x2f, 0xff])), '/\\xff');
  assert.equal(byteText(Buffer.from([0xfe, 0x5c])), '\\xfe\\\\');
  assert.notEqual(byteText(Buffer.from([0xff])), byteText(Buffer.from([0xfe])));
});

test('byteText() takes any bytes', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => byteText(bytes).length >= bytes.length / 4));
});

test('bytesOfText() gives back the bytes of a path that was escaped', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 4 }), (names) => {
      const parts = names.map((name) => Buffer.from(name.filter((byte) => byte !== 0x2f)));
      const path = parts.map((part) => byteText(part)).join('/');
      const wanted = parts.map((part) => part.toString('latin1')).join('/');
      const bytes = bytesOfText(path);
      if (bytes !== undefined) assert.equal(bytes.toString('latin1'), wanted);
      else assert.equal(path, Buffer.from(wanted, 'latin1').toString('utf8'));
    }),
  );
  assert.equal(bytesOfText('/etc/\\x41'), undefined);
});

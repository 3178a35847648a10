import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { lineBytes, lineText } from './line-text.ts';

test('lineText() reads the lines around a bad byte as they are', () => {
  const bytes = Buffer.concat([Buffer.from('grün \\ 1\n'), Buffer.from([0x61, 0xff, 0x5c]), Buffer.from('\nblau\n')]);
  assert.equal(lineText(bytes), 'grün \\ 1\na\uf7ff\\\nblau\n');
});

test('lineText() is UTF-8 where all is UTF-8, and never joins or splits lines', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const text = lineText(bytes);
      assert.equal(text.split('\n').length, Buffer.from(bytes).toString('latin1').split('\n').length);
      if (Buffer.from(bytes).toString('utf8').includes('\ufffd')) return;
      assert.equal(text, Buffer.from(bytes).toString('utf8'));
    }),
  );
});

test('lineBytes() gives back the bytes of a name that is no UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const name = bytes.filter((byte) => byte !== 10);
      const text = lineText(name);
      assert.deepEqual([...(lineBytes(text) ?? Buffer.from(text))], [...name]);
    }),
  );
  assert.equal(lineBytes('/home/ü'), undefined);
});

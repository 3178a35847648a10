import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseHex, parseUint } from './parse-uint.ts';

test('parseUint() takes decimal digits only', () => {
  assert.equal(parseUint('0'), 0);
  assert.equal(parseUint('0042'), 42);
  assert.equal(parseUint('9007199254740991'), Number.MAX_SAFE_INTEGER);
  for (const bad of ['', ' 1', '1 ', '-1', '+1', '1e3', '0x10', '9007199254740992', '１', '11111111111111111']) {
    assert.equal(parseUint(bad), undefined, bad);
  }
  assert.equal(parseUint('65536', 65535), undefined);
});

test('parseUint() reads back every number it could be given', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => parseUint(String(value)) === value));
});

test('parseHex() takes one to eight digits', () => {
  assert.equal(parseHex('0A'), 10);
  assert.equal(parseHex('ffffffff'), 4294967295);
  for (const bad of ['', '0x1', 'fffffffff', 'g', ' 1']) assert.equal(parseHex(bad), undefined, bad);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytesSize, parseBytesSize } from './bytes-size.ts';

test('parseBytesSize() reads decimal and binary units', () => {
  assert.equal(parseBytesSize('64 MiB'), 67_108_864);
  assert.equal(parseBytesSize('10 kB'), 10_000);
  assert.equal(parseBytesSize('1.5GiB'), 1_610_612_736);
  assert.equal(parseBytesSize('4096'), 4096);
  assert.equal(parseBytesSize('0 B'), 0);
});

test('parseBytesSize() refuses what is no size', () => {
  for (const text of ['', '-1', '64 M', '64 MiBs', '1e9', '0x10', '999999999999999 TiB']) {
    assert.equal(parseBytesSize(text), undefined, text);
  }
});

test('formatBytesSize() chooses the unit that leaves at least 1', () => {
  assert.equal(formatBytesSize(812), '812 B');
  assert.equal(formatBytesSize(67_108_864), '64 MiB');
  assert.equal(formatBytesSize(1_610_612_736), '1.5 GiB');
  assert.equal(formatBytesSize(1023), '1023 B');
  assert.equal(formatBytesSize(1024), '1 KiB');
});

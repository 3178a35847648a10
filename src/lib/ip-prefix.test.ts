import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { containsPrefix, isPrefix, overlaps, parsePrefix, prefixAround } from './ip-prefix.ts';

const text = (typed: string): string => {
  const read = parsePrefix(typed);
  return isPrefix(read) ? read.text : read.wrong;
};
const prefix = (typed: string) => {
  const read = parsePrefix(typed);
  assert.ok(isPrefix(read), typed);
  return read;
};

test('one spelling of each', () => {
  assert.equal(text('192.0.2.7'), '192.0.2.7');
  assert.equal(text('192.0.2.7/32'), '192.0.2.7');
  assert.equal(text('192.0.2.0/24'), '192.0.2.0/24');
  assert.equal(text('0.0.0.0/0'), '0.0.0.0/0');
  assert.equal(text('2001:DB8:0:0::/64'), '2001:db8::/64');
  assert.equal(text('2001:db8::1/128'), '2001:db8::1');
  assert.equal(text('::'), '::');
  assert.equal(text('::1'), '::1');
  assert.equal(text('64:ff9b::192.0.2.33'), '64:ff9b::c000:221');
});

test('an IPv4-mapped address is the IPv4 address, also as a network', () => {
  assert.equal(text('::ffff:192.0.2.7'), '192.0.2.7');
  assert.equal(text('::ffff:c000:200/120'), '192.0.2.0/24');
});

test('what may be a slip is refused in words', () => {
  for (const bad of [
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.07',
    '0x7f.1',
    'fe80::1%eth0',
    'host',
    ' 192.0.2.7',
    '1.2.3.4 ',
  ])
    assert.match(text(bad), /no IPv4 or IPv6 address/, bad);
  for (const bad of [
    '192.0.2.0/',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/ 8',
    '::/129',
    '1.2.3.4/8/8',
    '10.0.0.0/255.0.0.0',
  ])
    assert.match(text(bad), /prefix length/, bad);
  assert.match(text('10.0.0.7/8'), /write "10\.0\.0\.0\/8" or "10\.0\.0\.7"/);
});

test('containing and overlapping', () => {
  assert.ok(containsPrefix(prefix('10.0.0.0/8'), prefix('10.9.9.9')));
  assert.ok(!containsPrefix(prefix('10.0.0.0/9'), prefix('10.128.0.0')));
  assert.ok(!containsPrefix(prefix('10.9.9.9'), prefix('10.0.0.0/8')));
  assert.ok(overlaps(prefix('10.9.9.9'), prefix('10.0.0.0/8')));
  assert.ok(!overlaps(prefix('::/0'), prefix('10.0.0.0/8')));
  assert.ok(containsPrefix(prefix('::/0'), prefix('2001:db8::1')));
});

test('the prefix around an address', () => {
  const bits = { v4: 32, v6: 64 };
  assert.equal(prefixAround('2001:db8::1:2:3:4', bits)?.text, '2001:db8::/64');
  assert.equal(prefixAround('192.0.2.7', bits)?.text, '192.0.2.7');
  assert.equal(prefixAround('nonsense', bits), undefined);
});

test('whatever is read, its spelling reads as the same', () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.nat(128), (typed, bits) => {
      const around = prefixAround(typed, { v4: bits, v6: bits });
      assert.ok(around !== undefined);
      const again = prefix(around.text);
      assert.equal(again.text, around.text);
      assert.deepEqual(again.bytes, around.bytes);
      assert.ok(containsPrefix(again, prefix(typed)));
    }),
  );
  fc.assert(fc.property(fc.string(), (typed) => void parsePrefix(typed)));
});

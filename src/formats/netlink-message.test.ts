import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dumpRequest, eachAttribute, eachMessage, errorOf, type NetlinkMessage } from './netlink-message.ts';

test('eachMessage() walks what dumpRequest() makes', () => {
  const two = Buffer.concat([dumpRequest(20, Buffer.alloc(8)), dumpRequest(3, Buffer.from([0xfe, 0xff, 0xff, 0xff]))]);
  const seen: NetlinkMessage[] = [];
  assert.equal(
    eachMessage(two, two.length, (message) => seen.push({ ...message })),
    0,
  );
  assert.deepEqual(
    seen.map(({ type, start, end }) => [type, start, end]),
    [
      [20, 16, 24],
      [3, 40, 44],
    ],
  );
  assert.equal(errorOf(two, seen[1] as NetlinkMessage), 2);
});

test('eachMessage() reports a cut tail', () => {
  const bytes = dumpRequest(20, Buffer.alloc(8));
  assert.equal(
    eachMessage(bytes, 20, () => assert.fail('not whole')),
    20,
  );
});

test('eachMessage() and eachAttribute() stay inside any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (array) => {
      const bytes = Buffer.from(array);
      const inside = (start: number, end: number): void => assert.ok(start <= end && end <= bytes.length);
      eachMessage(bytes, bytes.length, ({ start, end }) => inside(start, end));
      eachAttribute(bytes, 0, bytes.length, (_, start, end) => inside(start, end));
    }),
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { eachAttribute, eachMessage } from './netlink-message.ts';
import { bindLog, eachLogged, type LoggedPacket, SequenceGaps } from './nflog.ts';

const blank = (): LoggedPacket => ({ inbound: true, timeMs: 0, start: 0, end: 0, seq: -1 });

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

function logged(attributes: readonly Buffer[], type = 4 << 8): Buffer {
  const header = Buffer.alloc(20);
  const body = Buffer.concat(attributes);
  header.writeUInt32LE(20 + body.length, 0);
  header.writeUInt16LE(type, 4);
  return Buffer.concat([header, body]);
}

const be32 = (value: number): Buffer => Buffer.of(value >>> 24, value >>> 16, value >>> 8, value);
const hook = (number: number): Buffer => attribute(1, Buffer.of(8, 0, number, 0));
const payload = attribute(9, Buffer.from('45000014', 'hex'));

test('packets of one datagram come with direction, time, number and bytes', () => {
  const time = Buffer.alloc(16);
  time.writeBigUInt64BE(1_795_253_563n, 0);
  time.writeBigUInt64BE(801_354n, 8);
  const bytes = Buffer.concat([
    logged([hook(0), attribute(3, time), payload, attribute(12, be32(7))]),
    logged([hook(4), attribute(12, be32(2 ** 32 - 1)), payload]),
  ]);
  const seen: object[] = [];
  const rejects = eachLogged(bytes, bytes.length, blank(), ({ inbound, timeMs, start, end, seq }) =>
    seen.push([inbound, timeMs, bytes.toString('hex', start, end), seq]),
  );
  assert.equal(rejects, 0);
  assert.deepEqual(seen, [
    [true, 1_795_253_563_801.354, '45000014', 7],
    [false, 0, '45000014', 4_294_967_295],
  ]);
});

test('what is no packet is counted, and the rest is read', () => {
  const bytes = Buffer.concat([
    logged([hook(0)]),
    logged([payload], (10 << 8) | 2),
    logged([hook(1), payload]),
    Buffer.of(9, 9, 9),
  ]);
  let count = 0;
  assert.equal(
    eachLogged(bytes, bytes.length, blank(), () => void (count += 1)),
    3,
  );
  assert.equal(count, 1);
});

test('whatever the bytes are, packets lie within them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (raw, whole) => {
      const bytes = whole ? logged([Buffer.from(raw)]) : Buffer.from(raw);
      eachLogged(bytes, bytes.length, blank(), ({ start, end }) => {
        assert.ok(start > 0 && start < end && end <= bytes.length);
      });
    }),
    { numRuns: 2000 },
  );
});

test('a group is asked for with all that it needs', () => {
  const request = bindLog({ group: 27_003, snapBytes: 128, threshold: 64, timeoutMs: 20 });
  const found = new Map<number, string>();
  let group = 0;
  assert.equal(
    eachMessage(request, request.length, ({ type, start, end }) => {
      assert.equal(type, 0x401);
      group = request.readUInt16BE(start + 2);
      eachAttribute(request, start + 4, end, (at, from, to) => found.set(at, request.toString('hex', from, to)));
    }),
    0,
  );
  assert.equal(group, 27_003);
  assert.deepEqual(Object.fromEntries(found), {
    1: '01',
    2: '000000800200',
    3: '00003800',
    4: '00000002',
    5: '00000040',
    6: '0001',
  });
});

test('what is missing between two numbers was lost, also where they begin anew', () => {
  const gaps = new SequenceGaps();
  for (const seq of [2 ** 32 - 3, 2 ** 32 - 2, 1, -1, 2]) gaps.take(seq);
  assert.equal(gaps.lost, 2);
  gaps.take(1003);
  assert.equal(gaps.lost, 1002);
});

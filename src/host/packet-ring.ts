/**
 * A TPACKET_V3 ring of one network namespace: packet(7), Documentation/networking/packet_mmap.rst. The kernel filters and
 * fills blocks of shared memory; we read them in the main loop and give them back. 130 to 273 ns of CPU a packet, where
 * a recv() each costs 2,300.
 */

import type { Failure } from '#model/host.ts';
import { isFailure } from '#model/host.ts';
import type { HeardPacket } from '#model/packets.ts';
import { Arena, failureAt, libc, O, viewOf } from './ffi.ts';
import { type FilterWish, packetFilter, SNAP_BYTES } from './packet-filter-program.ts';
import { type Watched, watchReadable } from './poller.ts';

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;
const SOL_PACKET = 263;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V3 = 2;
const ETH_P_ALL = 3;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 2n ** 64n - 1n;

const BLOCK_BYTES = 32 << 10;
const FRAME_BYTES = 2048;
/** A block that is not full is handed over after this: the first alert waits for it. */
const RETIRE_MS = 20;
/** Blocks in one go; then others get their turn. */
const BLOCKS_A_TURN = 24;

/** Offsets in struct tpacket_block_desc and tpacket3_hdr, with sockaddr_ll behind it (TPACKET_ALIGN(48)). */
const BLOCK = { status: 8, count: 12, first: 16 } as const;
const FRAME = { next: 0, seconds: 4, nanoseconds: 8, snap: 12, length: 16, status: 20, net: 26, type: 58 } as const;
const TP_STATUS_USER = 1;
const TP_STATUS_CSUMNOTREADY = 8;
const PACKET_OUTGOING = 4;

export interface PacketRing extends Disposable {
  /** Packets that the kernel had no room for, since it was opened. */
  lost(): number;
  /** Replaces the filter; no packet is missed. */
  filter(wish: FilterWish): Failure | undefined;
  /** Begins to hand packets over; call it once. `done` after each turn. */
  start(packet: (packet: HeardPacket) => void, done: () => void): void;
}

/** Opens a ring of `bytes` in the namespace of the calling thread. Needs CAP_NET_RAW. */
export function openPacketRing(namespace: number, bytes: number, wish: FilterWish): PacketRing | Failure {
  // Protocol 0 hears nothing: the filter stands before the first packet can come.
  const fd = libc.socket(AF_PACKET, SOCK_DGRAM | O.CLOEXEC | O.NONBLOCK, 0);
  if (fd < 0) return failureAt('packet socket');
  using stack = new DisposableStack();
  stack.defer(() => {
    libc.close(fd);
  });
  const refused = attach(fd, wish) ?? shape(fd, bytes);
  if (refused !== undefined) return refused;
  const address = libc.mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (address === MAP_FAILED) return failureAt('packet ring');
  stack.defer(() => {
    libc.munmap(address, bytes);
  });
  const all = listenTo(fd);
  if (isFailure(all)) return all;
  const ring = new Ring(fd, namespace, viewOf(address, bytes));
  stack.use(ring);
  const owned = stack.move();
  return {
    lost: () => ring.lost(),
    filter: (next) => attach(fd, next),
    start: (packet, done) => ring.start(packet, done),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

function attach(fd: number, wish: FilterWish): Failure | undefined {
  const arena = new Arena();
  const program = arena.keep(packetFilter(wish));
  // struct sock_fprog: len u16@0, filter pointer@8.
  const header = arena.alloc(16);
  header.writeUInt16LE(program.length / 8, 0);
  header.writeBigUInt64LE(arena.address(program), 8);
  const done = libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, header, header.length);
  // Both buffers are referenced until here.
  return done === 0 && arena.size > 0 ? undefined : failureAt('packet filter');
}

function shape(fd: number, bytes: number): Failure | undefined {
  const version = Buffer.from(Uint32Array.of(TPACKET_V3).buffer);
  if (libc.setsockopt(fd, SOL_PACKET, PACKET_VERSION, version, 4) !== 0) return failureAt('packet ring version 3');
  // struct tpacket_req3: block_size, block_nr, frame_size, frame_nr, retire_blk_tov, sizeof_priv, feature_req_word.
  const request = Uint32Array.of(BLOCK_BYTES, bytes / BLOCK_BYTES, FRAME_BYTES, bytes / FRAME_BYTES, RETIRE_MS, 0, 0);
  const done = libc.setsockopt(fd, SOL_PACKET, PACKET_RX_RING, Buffer.from(request.buffer), 28);
  return done === 0 ? undefined : failureAt('packet ring');
}

function listenTo(fd: number): true | Failure {
  // struct sockaddr_ll: family u16@0, protocol u16@2 (network order), ifindex i32@4 (0: all).
  const address = Buffer.alloc(20);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  return libc.bind(fd, address, address.length) === 0 ? true : failureAt('packet socket');
}

class Ring implements Disposable {
  readonly #fd: number;
  readonly #packet: HeardPacket;
  readonly #statistics = Buffer.alloc(12);
  readonly #statisticsBytes = Buffer.alloc(4);
  #memory: { readonly bytes: Buffer; readonly words: Uint32Array } | undefined;
  #watched: Watched | undefined;
  #block = 0;
  #lost = 0;

  constructor(fd: number, namespace: number, memory: ArrayBuffer) {
    this.#fd = fd;
    const bytes = Buffer.from(memory);
    this.#memory = { bytes, words: new Uint32Array(memory) };
    this.#packet = {
      timeMs: 0,
      namespace,
      inbound: true,
      bytes,
      start: 0,
      end: 0,
      length: 0,
      checksummed: true,
    };
  }

  lost(): number {
    if (this.#memory === undefined) return this.#lost;
    // struct tpacket_stats_v3: packets, drops, freeze_q_cnt; reading resets them.
    this.#statisticsBytes.writeUInt32LE(12);
    const done = libc.getsockopt(this.#fd, SOL_PACKET, PACKET_STATISTICS, this.#statistics, this.#statisticsBytes);
    if (done === 0) this.#lost += this.#statistics.readUInt32LE(4);
    return this.#lost;
  }

  start(packet: (packet: HeardPacket) => void, done: () => void): void {
    this.#watched = watchReadable(this.#fd, () => {
      this.#drain(packet);
      done();
    });
  }

  [Symbol.dispose](): void {
    this.#watched?.[Symbol.dispose]();
    // No view may be touched after munmap.
    this.#memory = undefined;
    this.#packet.bytes = Buffer.alloc(0);
  }

  #drain(packet: (packet: HeardPacket) => void): void {
    for (let turn = 0; turn < BLOCKS_A_TURN; turn += 1) {
      // Somebody may have closed us in between.
      if (this.#memory === undefined) return;
      const { bytes, words } = this.#memory;
      const at = this.#block * BLOCK_BYTES;
      const status = (at + BLOCK.status) / 4;
      if ((Atomics.load(words, status) & TP_STATUS_USER) === 0) return;
      this.#read(bytes, at, packet);
      if (this.#memory === undefined) return;
      Atomics.store(words, status, 0);
      this.#block = (this.#block + 1) % (bytes.length / BLOCK_BYTES);
    }
  }

  #read(bytes: Buffer, block: number, hand: (packet: HeardPacket) => void): void {
    const packet = this.#packet;
    const count = bytes.readUInt32LE(block + BLOCK.count);
    let at = block + bytes.readUInt32LE(block + BLOCK.first);
    for (let index = 0; index < count && this.#memory !== undefined; index += 1) {
      packet.timeMs = bytes.readUInt32LE(at + FRAME.seconds) * 1000 + bytes.readUInt32LE(at + FRAME.nanoseconds) / 1e6;
      packet.length = bytes.readUInt32LE(at + FRAME.length);
      packet.start = at + bytes.readUInt16LE(at + FRAME.net);
      packet.end = packet.start + Math.min(SNAP_BYTES, bytes.readUInt32LE(at + FRAME.snap));
      packet.checksummed = (bytes.readUInt32LE(at + FRAME.status) & TP_STATUS_CSUMNOTREADY) === 0;
      packet.inbound = (bytes[at + FRAME.type] ?? 0) !== PACKET_OUTGOING;
      hand(packet);
      at += bytes.readUInt32LE(at + FRAME.next);
    }
  }
}

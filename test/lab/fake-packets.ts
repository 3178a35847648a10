/** Packets and a packet sense made of plain data: for tests of what judges them. */

import { isIP } from 'node:net';
import { addressBytes } from '#lib/ip-prefix.ts';
import type {
  Handshakes,
  HeardPacket,
  Kept,
  OpenPorts,
  PacketDoor,
  Packets,
  PacketWish,
  ScanSettings,
} from '#model/packets.ts';

/** A TCP packet as a test says it; ports, flags and options are what matters. */
export interface FakeTcp {
  readonly from: string;
  readonly to: string;
  readonly sourcePort?: number;
  readonly targetPort: number;
  readonly flags: number;
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  /** Raw option bytes, a multiple of four. */
  readonly options?: Buffer;
  readonly ttl?: number;
}

/** Maximum segment size alone, as nmap sends it. */
export const MSS_ONLY = Buffer.from('020405b4', 'hex');
/** What Linux offers: MSS, SACK, time stamp, scale. */
export const LINUX_OPTIONS = Buffer.from('020405b40402080a00000001000000000103030a'.slice(0, 40), 'hex');

/** The packet from its IP header on; checksums are left at 0. */
export function tcpPacket(wish: FakeTcp): Buffer {
  const { sourcePort = 50_000, targetPort, flags, seq = 7, ack = 0, window = 1024, options = MSS_ONLY } = wish;
  const tcp = Buffer.alloc(20 + options.length);
  tcp.writeUInt16BE(sourcePort, 0);
  tcp.writeUInt16BE(targetPort, 2);
  tcp.writeUInt32BE(seq, 4);
  tcp.writeUInt32BE(ack, 8);
  tcp.writeUInt8((tcp.length / 4) << 4, 12);
  tcp.writeUInt8(flags, 13);
  tcp.writeUInt16BE(window, 14);
  options.copy(tcp, 20);
  return withIp(wish, 6, tcp);
}

/** A UDP packet with so many bytes of data. */
export function udpPacket(wish: Omit<FakeTcp, 'flags'>, dataBytes = 8): Buffer {
  const udp = Buffer.alloc(8 + dataBytes);
  udp.writeUInt16BE(wish.sourcePort ?? 50_000, 0);
  udp.writeUInt16BE(wish.targetPort, 2);
  udp.writeUInt16BE(udp.length, 4);
  return withIp(wish, 17, udp);
}

function withIp({ from, to, ttl = 64 }: Pick<FakeTcp, 'from' | 'to' | 'ttl'>, protocol: number, body: Buffer): Buffer {
  const [source, target] = [addressBytes(from), addressBytes(to)];
  if (source === undefined || target === undefined) throw new Error(`No address: "${from}" or "${to}"`);
  const six = isIP(from) === 6;
  const header = Buffer.alloc(six ? 40 : 20);
  if (six) {
    header.writeUInt8(0x60, 0);
    header.writeUInt16BE(body.length, 4);
    header.writeUInt8(protocol, 6);
    header.writeUInt8(ttl, 7);
  } else {
    header.writeUInt8(0x45, 0);
    header.writeUInt16BE(20 + body.length, 2);
    header.writeUInt8(ttl, 8);
    header.writeUInt8(protocol, 9);
  }
  header.set(source, six ? 8 : 12);
  header.set(target, six ? 24 : 16);
  return Buffer.concat([header, body]);
}

/** A packet as the sense hands it over. */
export function heard(bytes: Buffer, timeMs: number, inbound = true): HeardPacket {
  const { length } = bytes;
  return { timeMs, namespace: 1, inbound, bytes, start: 0, end: length, length, checksummed: false };
}

/** A door behind which a test stands: what it sends is heard, what it opens is open. */
export interface FakeDoor extends PacketDoor {
  readonly texts: Map<string, string>;
  readonly open_: { tcp: Set<number>; udp: Set<number> };
  send(bytes: Buffer, timeMs: number, inbound?: boolean): void;
  /** All that was sent is handed over. */
  batch(): void;
  readonly hushed: number[];
  /** What the ring says that it lost. */
  lost: number;
  /** What the kernel has counted. */
  handshakes: Handshakes;
}

/** Addresses that end with ".1" are ours. */
export function fakeDoor(settings: Partial<ScanSettings> = {}, texts = new Map<string, string>()): FakeDoor {
  let listener: PacketWish | undefined;
  const open_ = { tcp: new Set<number>(), udp: new Set<number>() };
  const hushed: number[] = [];
  const kept: Kept = { read: (name) => texts.get(name) ?? '', write: (name, text) => (texts.set(name, text), '') };
  const door: FakeDoor = {
    lost: 0,
    handshakes: { completed: 0, cookies: 0 },
    settings: { ignore: [], sensitivity: 'normal', quietMs: 60_000, ...settings },
    kept,
    texts,
    open_,
    hushed,
    send: (bytes, timeMs, inbound = true) => listener?.packet(heard(bytes, timeMs, inbound)),
    batch: () => listener?.batch(),
    open(wish): Promise<Packets> {
      listener = wish;
      return Promise.resolve({
        lost: () => door.lost,
        by: 'a test',
        gaps: [],
        isOurs: (_namespace, bytes, at, length) => bytes[at + length - 1] === 1,
        openPorts: (): Promise<OpenPorts> => Promise.resolve(open_),
        handshakes: () => door.handshakes,
        hush: (_namespace, port) => void hushed.push(port),
        async [Symbol.asyncDispose]() {
          await Promise.resolve();
        },
      });
    },
  };
  return door;
}

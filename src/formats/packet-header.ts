/** The fields of one packet's headers, the numbers in them, and how bytes become numbers: see packet.ts. */

/** TCP flags, as in byte 13 of the header; NS (bit 8) is left out. */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;
export const URG = 32;
export const ECE = 64;
export const CWR = 128;

/** Kinds of TCP options that were seen, as bits. */
export const OPTION = { mss: 1, scale: 2, sack: 4, time: 8, other: 16 } as const;

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMP6 = 58;
export const SCTP = 132;

/** What a packet says. Numbers that it does not have are 0; offsets count from the beginning of the buffer, -1: none. */
export interface PacketHeader {
  family: 4 | 6;
  /** IP protocol number of what is carried, behind all extension headers. */
  protocol: number;
  sourceAt: number;
  targetAt: number;
  /** Time to live, or hop limit. */
  ttl: number;
  /** Type of service, or traffic class. */
  tos: number;
  /** Identification of IPv4, or of the fragment header. */
  ipId: number;
  dontFragment: boolean;
  /** In bytes; more than 0: no transport header is here. */
  fragmentAt: number;
  moreFragments: boolean;
  /** First option of IPv4 but for padding, or the first extension header of IPv6 that is no fragment header. */
  ipOption: number;
  /** Begin of the transport header, -1 where the packet ends before. */
  transportAt: number;
  /** Bytes of transport header and data, by the length that the packet gives itself. */
  transportBytes: number;
  sourcePort: number;
  targetPort: number;
  /** TCP. */
  flags: number;
  window: number;
  seq: number;
  ack: number;
  urgent: number;
  options: number;
  /** Bytes behind the transport header. */
  dataBytes: number;
  /** ICMP type and code; SCTP: type of the first chunk. */
  type: number;
  code: number;
  /** What an ICMP error quotes: protocol (0: nothing), addresses and ports of the packet that was refused. */
  quotedProtocol: number;
  quotedSourceAt: number;
  quotedTargetAt: number;
  quotedSourcePort: number;
  quotedTargetPort: number;
}

/** A header to be filled. */
export function makePacketHeader(): PacketHeader {
  return { ...EMPTY };
}

const EMPTY: PacketHeader = {
  family: 4,
  protocol: 0,
  sourceAt: 0,
  targetAt: 0,
  ttl: 0,
  tos: 0,
  ipId: 0,
  dontFragment: false,
  fragmentAt: 0,
  moreFragments: false,
  ipOption: 0,
  transportAt: -1,
  transportBytes: 0,
  sourcePort: 0,
  targetPort: 0,
  flags: 0,
  window: 0,
  seq: 0,
  ack: 0,
  urgent: 0,
  options: 0,
  dataBytes: 0,
  type: 0,
  code: 0,
  quotedProtocol: 0,
  quotedSourceAt: -1,
  quotedTargetAt: -1,
  quotedSourcePort: 0,
  quotedTargetPort: 0,
};

/** Empties a header: faster than Object.assign, which matters at a hundred thousand packets a second. */
export function resetPacketHeader(into: PacketHeader): void {
  into.family = 4;
  into.protocol = 0;
  into.sourceAt = 0;
  into.targetAt = 0;
  into.ttl = 0;
  into.tos = 0;
  into.ipId = 0;
  into.dontFragment = false;
  into.fragmentAt = 0;
  into.moreFragments = false;
  into.ipOption = 0;
  into.transportAt = -1;
  into.transportBytes = 0;
  into.sourcePort = 0;
  into.targetPort = 0;
  into.flags = 0;
  into.window = 0;
  into.seq = 0;
  into.ack = 0;
  into.urgent = 0;
  into.options = 0;
  into.dataBytes = 0;
  into.type = 0;
  into.code = 0;
  into.quotedProtocol = 0;
  into.quotedSourceAt = -1;
  into.quotedTargetAt = -1;
  into.quotedSourcePort = 0;
  into.quotedTargetPort = 0;
}

/** One byte; 0 beyond the end. */
export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Two bytes in network order. */
export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Four bytes in network order. */
export function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 65_536 + u16(bytes, at + 2);
}

/** What stands behind the IP header: ports, flags, types, and the packet that an ICMP error quotes. Total. */

import { OPTION, type PacketHeader, u8, u16, u32 } from './packet-header.ts';

/** Fills in what the transport header says; a header that is cut short fills in what is there. */
export function readTransport(bytes: Uint8Array, end: number, into: PacketHeader): void {
  const at = into.transportAt;
  switch (into.protocol) {
    case 6:
      readTcp(bytes, at, end, into);
      break;
    case 17:
      if (at + 4 > end) return;
      readPorts(bytes, at, into);
      into.dataBytes = Math.max(0, into.transportBytes - 8);
      break;
    case 132:
      if (at + 4 > end) return;
      readPorts(bytes, at, into);
      if (at + 13 <= end) into.type = u8(bytes, at + 12);
      break;
    case 1:
    case 58:
      if (at + 2 > end) return;
      into.type = u8(bytes, at);
      into.code = u8(bytes, at + 1);
      into.dataBytes = Math.max(0, into.transportBytes - 8);
      if (isError(into)) readQuoted(bytes, at + 8, end, into);
      break;
    default:
  }
}

function readPorts(bytes: Uint8Array, at: number, into: PacketHeader): void {
  into.sourcePort = u16(bytes, at);
  into.targetPort = u16(bytes, at + 2);
}

/** The first eight bytes, as nmap -f sends them alone, hold ports and sequence number. */
function readTcp(bytes: Uint8Array, at: number, end: number, into: PacketHeader): void {
  if (at + 4 > end) return;
  readPorts(bytes, at, into);
  if (at + 8 <= end) into.seq = u32(bytes, at + 4);
  // A first fragment so short carries no flags: that is its purpose.
  if (at + 14 > end || into.transportBytes < 14) {
    into.flags = -1;
    return;
  }
  into.ack = u32(bytes, at + 8);
  into.flags = u8(bytes, at + 13);
  into.window = u16(bytes, at + 14);
  into.urgent = u16(bytes, at + 18);
  const headerBytes = (u8(bytes, at + 12) >> 4) * 4;
  into.dataBytes = Math.max(0, into.transportBytes - headerBytes);
  if (headerBytes > 20) into.options = tcpOptions(bytes, at + 20, Math.min(end, at + headerBytes));
}

function tcpOptions(bytes: Uint8Array, from: number, end: number): number {
  let seen = 0;
  for (let at = from; at < end; ) {
    const kind = u8(bytes, at);
    if (kind === 0) break;
    if (kind === 1) {
      at += 1;
      continue;
    }
    seen |= optionBit(kind);
    const length = u8(bytes, at + 1);
    if (length < 2) break;
    at += length;
  }
  return seen;
}

function optionBit(kind: number): number {
  switch (kind) {
    case 2:
      return OPTION.mss;
    case 3:
      return OPTION.scale;
    case 4:
      return OPTION.sack;
    case 8:
      return OPTION.time;
    default:
      return OPTION.other;
  }
}

/** Unreachable, time exceeded, parameter problem; too big of IPv6. */
function isError({ protocol, type }: PacketHeader): boolean {
  return protocol === 58 ? type >= 1 && type <= 4 : type === 3 || type === 11 || type === 12;
}

function readQuoted(bytes: Uint8Array, at: number, end: number, into: PacketHeader): void {
  const version = u8(bytes, at) >> 4;
  let transport = -1;
  if (version === 4 && at + 20 <= end) {
    into.quotedProtocol = u8(bytes, at + 9);
    into.quotedSourceAt = at + 12;
    into.quotedTargetAt = at + 16;
    transport = at + (u8(bytes, at) & 0xf) * 4;
  } else if (version === 6 && at + 40 <= end) {
    into.quotedProtocol = u8(bytes, at + 6);
    into.quotedSourceAt = at + 8;
    into.quotedTargetAt = at + 24;
    transport = at + 40;
  }
  if (transport < 0 || transport + 4 > end) return;
  if (into.quotedProtocol !== 6 && into.quotedProtocol !== 17 && into.quotedProtocol !== 132) return;
  into.quotedSourcePort = u16(bytes, transport);
  into.quotedTargetPort = u16(bytes, transport + 2);
}

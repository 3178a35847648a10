/**
 * The headers of one packet from its network header on: IPv4 (RFC 791), IPv6 with extension headers (RFC 8200), TCP (RFC
 * 9293), UDP, ICMP and ICMPv6 with the packet that they quote, SCTP (RFC 9260). Total: whatever the bytes are, the answer
 * is a header or `false`. One object is filled again and again: fifty thousand packets a second make no garbage.
 */

import { type PacketHeader, resetPacketHeader, u8, u16, u32 } from './packet-header.ts';
import { readTransport } from './packet-transport.ts';

/** Reads the packet in `bytes` from `start` to `end` (it may be cut short there). False: it is no IP packet. */
export function readPacket(bytes: Uint8Array, start: number, end: number, into: PacketHeader): boolean {
  resetPacketHeader(into);
  if (start >= end) return false;
  const version = u8(bytes, start) >> 4;
  const read = version === 4 ? readIpv4(bytes, start, end, into) : version === 6 && readIpv6(bytes, start, end, into);
  if (!read) return false;
  if (into.transportAt >= 0 && into.fragmentAt === 0) readTransport(bytes, end, into);
  return true;
}

function readIpv4(bytes: Uint8Array, start: number, end: number, into: PacketHeader): boolean {
  const headerBytes = (u8(bytes, start) & 0xf) * 4;
  if (headerBytes < 20 || start + 20 > end) return false;
  into.family = 4;
  into.tos = u8(bytes, start + 1);
  into.ipId = u16(bytes, start + 4);
  const fragment = u16(bytes, start + 6);
  into.dontFragment = (fragment & 0x4000) !== 0;
  into.moreFragments = (fragment & 0x2000) !== 0;
  into.fragmentAt = (fragment & 0x1fff) * 8;
  into.ttl = u8(bytes, start + 8);
  into.protocol = u8(bytes, start + 9);
  into.sourceAt = start + 12;
  into.targetAt = start + 16;
  if (headerBytes > 20) into.ipOption = ipv4Option(bytes, start + 20, Math.min(end, start + headerBytes));
  into.transportBytes = Math.max(0, u16(bytes, start + 2) - headerBytes);
  into.transportAt = start + headerBytes < end ? start + headerBytes : -1;
  return true;
}

/** First option that is no padding (0 end, 1 no operation); 1 where there is nothing else. */
function ipv4Option(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    const option = u8(bytes, at);
    if (option !== 0 && option !== 1) return option;
  }
  return 1;
}

/** More extension headers than this are not walked: nobody needs them, and each packet must cost the same. */
const MAX_EXTENSIONS = 8;
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;

function readIpv6(bytes: Uint8Array, start: number, end: number, into: PacketHeader): boolean {
  if (start + 40 > end) return false;
  into.family = 6;
  into.tos = (u16(bytes, start) >> 4) & 0xff;
  into.ttl = u8(bytes, start + 7);
  into.sourceAt = start + 8;
  into.targetAt = start + 24;
  into.protocol = u8(bytes, start + 6);
  into.transportBytes = u16(bytes, start + 4);
  const at = skipExtensions(bytes, start + 40, end, into);
  into.transportAt = at < end && !isExtension(into.protocol) ? at : -1;
  return true;
}

/** Where the transport header begins; protocol and length of what is carried are set on the way. */
function skipExtensions(bytes: Uint8Array, from: number, end: number, into: PacketHeader): number {
  let at = from;
  for (let count = 0; count < MAX_EXTENSIONS && isExtension(into.protocol) && at + 8 <= end; count += 1) {
    const kind = into.protocol;
    const length = extensionBytes(kind, u8(bytes, at + 1));
    if (kind === FRAGMENT) readFragment(bytes, at, into);
    else if (into.ipOption === 0) into.ipOption = kind === HOP_BY_HOP ? 256 : kind;
    into.protocol = u8(bytes, at);
    at += length;
    into.transportBytes = Math.max(0, into.transportBytes - length);
    // What follows the header of a later fragment is data, whatever it says.
    if (into.fragmentAt > 0) break;
  }
  return at;
}

const EXTENSIONS: ReadonlySet<number> = new Set([HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION, AUTHENTICATION]);

function isExtension(next: number): boolean {
  return EXTENSIONS.has(next);
}

function extensionBytes(kind: number, field: number): number {
  if (kind === FRAGMENT) return 8;
  return kind === AUTHENTICATION ? (field + 2) * 4 : (field + 1) * 8;
}

function readFragment(bytes: Uint8Array, at: number, into: PacketHeader): void {
  const field = u16(bytes, at + 2);
  into.fragmentAt = field & 0xfff8;
  into.moreFragments = (field & 1) !== 0;
  into.ipId = u32(bytes, at + 4);
}

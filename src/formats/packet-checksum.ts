/** Whether the checksum of a packet is right: a probe whose checksum is wrong on purpose is answered by no real host. */

import { type PacketHeader, TCP, UDP, u8, u16 } from './packet-header.ts';

/**
 * `unknown` where the packet was cut short, is a fragment, or carries no checksum. RFC 1071; the pseudo header of RFC 793
 * and RFC 8200.
 */
export function checksumOf(bytes: Uint8Array, end: number, header: PacketHeader): 'right' | 'wrong' | 'unknown' {
  const { protocol, transportAt: at, transportBytes: length } = header;
  if (!isWhole(header, end)) return 'unknown';
  // A UDP packet of IPv4 may go without.
  if (protocol === UDP && u16(bytes, at + 6) === 0) return 'unknown';
  const addressBytes = header.family === 4 ? 4 : 16;
  let sum = protocol + length;
  sum = add(bytes, header.sourceAt, addressBytes, sum);
  sum = add(bytes, header.targetAt, addressBytes, sum);
  sum = add(bytes, at, length, sum);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65_536);
  return sum === 0xffff ? 'right' : 'wrong';
}

/**
 * Whether the checksum is the one that the kernel leaves for the hardware to finish (CHECKSUM_PARTIAL): the sum over the
 * pseudo header alone. Packets of neighbours on the same machine (veth) look so where the kernel does not tell.
 */
export function isUnfinished(bytes: Uint8Array, header: PacketHeader): boolean {
  const { protocol, transportAt: at, transportBytes: length } = header;
  if ((protocol !== TCP && protocol !== UDP) || at < 0 || header.fragmentAt > 0) return false;
  const addressBytes = header.family === 4 ? 4 : 16;
  let sum = add(bytes, header.sourceAt, addressBytes, protocol + length);
  sum = add(bytes, header.targetAt, addressBytes, sum);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65_536);
  return u16(bytes, at + (protocol === TCP ? 16 : 6)) === sum;
}

function add(bytes: Uint8Array, from: number, length: number, sum: number): number {
  let total = sum;
  const even = from + (length & ~1);
  for (let at = from; at < even; at += 2) total += u16(bytes, at);
  return (length & 1) === 1 ? total + u8(bytes, even) * 256 : total;
}

function isWhole(
  { protocol, transportAt, transportBytes, fragmentAt, moreFragments }: PacketHeader,
  end: number,
): boolean {
  if ((protocol !== TCP && protocol !== UDP) || fragmentAt > 0 || moreFragments) return false;
  return transportAt >= 0 && transportBytes >= 8 && transportAt + transportBytes <= end;
}

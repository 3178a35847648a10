/** Who probes, as a key: an IPv4 address, or the /64 of an IPv6 one, because whoever has one address of it has all. */

import { u16, u32 } from '#formats/packet-header.ts';
import { ipv4Text, ipv6Text } from '#lib/ip-text.ts';

/** IPv4 as a number; the first 64 bits of IPv6 as sixteen hexadecimal digits. */
export type SourceKey = number | string;

/** Key of the address at `at`. */
export function keyAt(bytes: Uint8Array, at: number, family: 4 | 6): SourceKey {
  if (family === 4) return u32(bytes, at);
  let key = '';
  for (let group = 0; group < 8; group += 2) key += (u16(bytes, at + group) + 0x10000).toString(16).slice(1);
  return key;
}

/** The address at `at` as people write it. */
export function textAt(bytes: Uint8Array, at: number, family: 4 | 6): string {
  return family === 4 ? ipv4Text(bytes, at) : ipv6Text(bytes, at);
}

/** "192.0.2.7", "2001:db8:0:1::/64". */
export function keyText(key: SourceKey): string {
  const bytes = new Uint8Array(16);
  if (typeof key === 'number') {
    new DataView(bytes.buffer).setUint32(0, key);
    return ipv4Text(bytes);
  }
  bytes.set(Buffer.from(key, 'hex'));
  return `${ipv6Text(bytes)}/64`;
}

/** The network around: /24 of IPv4, /48 of IPv6. */
export function networkOf(key: SourceKey): SourceKey {
  return typeof key === 'number' ? (key & 0xffffff00) >>> 0 : key.slice(0, 12);
}

/** "192.0.2.0/24", "2001:db8::/48". */
export function networkText(network: SourceKey): string {
  if (typeof network === 'number') return `${keyText(network)}/24`;
  const bytes = new Uint8Array(16);
  bytes.set(Buffer.from(network, 'hex'));
  return `${ipv6Text(bytes)}/48`;
}

/** The part of a header (latin1, from the IP header on) that holds both addresses. */
export function endsOf(head: string): string {
  return head.charCodeAt(0) >> 4 === 4 ? head.slice(12, 20) : head.slice(8, 40);
}

/** Both addresses of a header as people write them. */
export function addressesOf(head: string): { readonly from: string; readonly to: string } {
  const bytes = Buffer.from(endsOf(head), 'latin1');
  if (bytes.length === 8) return { from: ipv4Text(bytes), to: ipv4Text(bytes, 4) };
  return { from: ipv6Text(bytes), to: ipv6Text(bytes, 16) };
}

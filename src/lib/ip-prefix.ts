/** Addresses and prefixes as people type them: strict, one spelling each, because a mistyped block hits a stranger. */

import { isIPv4, isIPv6 } from 'node:net';
import { ipv4Text, ipv6Text } from './ip-text.ts';
import { parseUint } from './parse-uint.ts';

/** A network, or one address where `bits` is 32 or 128. `text` is its one spelling: no "/32", no "/128", RFC 5952. */
export interface IpPrefix {
  readonly family: 4 | 6;
  readonly bits: number;
  /** Network address in its family's length; the bits behind the prefix are 0. */
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Why a text is no prefix, in words that fit behind the quoted text. */
export interface NoPrefix {
  readonly wrong: string;
}

/**
 * Reads "192.0.2.7", "192.0.2.0/24", "2001:db8::/64". An IPv4-mapped IPv6 address is the IPv4 address. Bits behind the
 * prefix must be 0: "10.0.0.7/8" may be meant as either, so it is refused with both. No zones, no names, no masks.
 */
export function parsePrefix(text: string): IpPrefix | NoPrefix {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const bytes = addressBytes(address);
  if (bytes === undefined) return { wrong: 'is no IPv4 or IPv6 address' };
  const whole = bytes.length * 8;
  const bits = slash === -1 ? whole : parseUint(text.slice(slash + 1), whole);
  if (bits === undefined) return { wrong: `has no prefix length from 0 to ${whole} behind its "/"` };
  const network = maskTo(bytes, bits);
  if (bits >= 96 && isMapped(bytes)) return prefixOf(network.subarray(12), bits - 96);
  if (Buffer.compare(network, bytes) !== 0) {
    const [net, host] = [prefixOf(network, bits).text, prefixOf(bytes, whole).text];
    return { wrong: `is an address inside of a network: write "${net}" or "${host}"` };
  }
  return prefixOf(network, bits);
}

/** Narrowing: could it be read? */
export function isPrefix(value: IpPrefix | NoPrefix): value is IpPrefix {
  return 'bits' in value;
}

/** The prefix of `bits` around an address that is known to be one; undefined for any other text. */
export function prefixAround(
  address: string,
  bits: { readonly v4: number; readonly v6: number },
): IpPrefix | undefined {
  const one = parsePrefix(address);
  if (!isPrefix(one)) return undefined;
  const wanted = Math.min(one.bits, one.family === 4 ? bits.v4 : bits.v6);
  return prefixOf(maskTo(one.bytes, wanted), wanted);
}

/** Whether every address of `inner` is in `outer`. */
export function containsPrefix(outer: IpPrefix, inner: IpPrefix): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  return Buffer.compare(maskTo(inner.bytes, outer.bits), outer.bytes) === 0;
}

/** Whether they share an address. */
export function overlaps(a: IpPrefix, b: IpPrefix): boolean {
  return containsPrefix(a, b) || containsPrefix(b, a);
}

/** The prefix over bytes whose bits behind it are 0. */
export function prefixOf(bytes: Uint8Array, bits: number): IpPrefix {
  const family = bytes.length === 4 ? 4 : 6;
  const address = family === 4 ? ipv4Text(bytes) : ipv6Text(bytes);
  const text = bits === bytes.length * 8 ? address : `${address}/${bits}`;
  return { family, bits, bytes: Uint8Array.from(bytes), text };
}

/** Bytes of an address in network order; undefined for any other text, and for one with a zone. */
export function addressBytes(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return bytesOf4(text);
  return isIPv6(text) && !text.includes('%') ? bytesOf6(text) : undefined;
}

function maskTo(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff << (8 - kept));
  });
}

function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.length === 16 && bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  );
}

function bytesOf4(text: string): Uint8Array {
  return Uint8Array.from(text.split('.'), Number);
}

function bytesOf6(text: string): Uint8Array {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted === null ? undefined : bytesOf4(dotted[2] ?? '');
  const hex = tail === undefined ? text : `${dotted?.[1]}${group(tail, 0)}:${group(tail, 2)}`;
  const [head = '', rest] = hex.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = rest === undefined || rest === '' ? [] : rest.split(':');
  const groups = [
    ...before,
    ...Array<string>(rest === undefined ? 0 : 8 - before.length - after.length).fill('0'),
    ...after,
  ];
  const bytes = new Uint8Array(16);
  groups.forEach((part, index) => {
    const value = Number.parseInt(part, 16);
    bytes[index * 2] = value >> 8;
    bytes[index * 2 + 1] = value & 0xff;
  });
  return bytes;
}

function group(bytes: Uint8Array, at: number): string {
  return (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16);
}

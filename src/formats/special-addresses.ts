/** Addresses that are nobody's on the Internet, by the registries of RFC 6890 (IPv4, IPv6; as of 2026). */

import { containsPrefix, type IpPrefix, isPrefix, parsePrefix } from '#lib/ip-prefix.ts';

/** Narrower ones first. */
const REGISTRY: readonly (readonly [prefix: string, words: string])[] = [
  ['10.0.0.0/8', 'private'],
  ['172.16.0.0/12', 'private'],
  ['192.168.0.0/16', 'private'],
  ['100.64.0.0/10', 'shared by customers of a provider'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['192.0.2.0/24', 'documentation'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['198.18.0.0/15', 'benchmarks'],
  ['192.88.99.0/24', '6to4 relays'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['224.0.0.0/4', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['240.0.0.0/4', 'reserved'],
  ['0.0.0.0/8', 'this network'],
  ['::1', 'loopback'],
  ['::', 'unspecified'],
  ['64:ff9b::/96', 'translated from IPv4'],
  ['64:ff9b:1::/48', 'translated from IPv4, local'],
  ['100::/64', 'discarded'],
  ['2001::/32', 'Teredo tunnel'],
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['2001::/23', 'protocol assignments'],
  ['2002::/16', '6to4 tunnel'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['ff00::/8', 'multicast'],
];

/** Made for the first question: it takes longer than many a command that asks none. */
let prefixes: readonly { readonly prefix: IpPrefix; readonly words: string }[] | undefined;

function parsedRegistry(): NonNullable<typeof prefixes> {
  return REGISTRY.map(([text, words]) => ({ prefix: parsePrefix(text), words })).filter(
    (entry): entry is { prefix: IpPrefix; words: string } => isPrefix(entry.prefix),
  );
}

/** "private", "documentation" and the like; "" for an ordinary address, and for what is none. A prefix may be given. */
export function specialUse(address: string): string {
  const own = parsePrefix(address);
  if (!isPrefix(own)) return '';
  prefixes ??= parsedRegistry();
  return prefixes.find(({ prefix }) => containsPrefix(prefix, own))?.words ?? '';
}

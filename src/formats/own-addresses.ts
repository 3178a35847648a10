/** Addresses of this machine and its gateways, as the kernel prints them below /proc/net (proc_net(5), net/ipv4/fib_trie.c). */

import { prefixOf } from '#lib/ip-prefix.ts';

/** Local IPv4 addresses and networks of /proc/net/fib_trie: a leaf, then lines of what it is ("/32 host LOCAL"). */
export function localAddresses4(fibTrie: string): readonly string[] {
  const found = new Set<string>();
  let leaf = '';
  for (const line of fibTrie.split('\n')) {
    const named = /^\s*\|-- ([\d.]{7,15})$/.exec(line);
    if (named !== null) leaf = named[1] ?? '';
    else if (leaf !== '' && /^\s*\/32 host LOCAL$/.test(line)) found.add(leaf);
  }
  return [...found];
}

/** Local IPv6 addresses of /proc/net/if_inet6: 32 hexadecimal digits first. */
export function localAddresses6(ifInet6: string): readonly string[] {
  return textsOf(ifInet6, (line) => line.trim().split(/\s+/)[0]);
}

/** Gateways of /proc/net/route: host byte order, which is little endian wherever we run. */
export function gateways4(route: string): readonly string[] {
  const found = new Set<string>();
  for (const line of route.split('\n').slice(1)) {
    const [, , gateway = ''] = line.trim().split(/\s+/);
    if (!/^[0-9A-F]{8}$/i.test(gateway) || /^0+$/.test(gateway)) continue;
    found.add(prefixOf(Uint8Array.from(Buffer.from(gateway, 'hex')).toReversed(), 32).text);
  }
  return [...found];
}

/** Gateways of /proc/net/ipv6_route: the fifth field. */
export function gateways6(route: string): readonly string[] {
  return textsOf(route, (line) => line.trim().split(/\s+/)[4]);
}

function textsOf(text: string, field: (line: string) => string | undefined): readonly string[] {
  const found = new Set<string>();
  for (const line of text.split('\n')) {
    const hex = field(line) ?? '';
    if (/^[0-9a-f]{32}$/i.test(hex) && !/^0+$/.test(hex)) found.add(prefixOf(Buffer.from(hex, 'hex'), 128).text);
  }
  return [...found];
}

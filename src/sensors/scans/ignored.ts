/** Addresses and networks whose probes are nobody's business: the setting `scans.ignore`. */

import { containsPrefix, type IpPrefix, isPrefix, parsePrefix } from '#lib/ip-prefix.ts';

/** Those of the texts that can be read; the settings were checked before. */
export function parseNetworks(texts: readonly string[]): readonly IpPrefix[] {
  return texts.map((text) => parsePrefix(text)).filter(isPrefix);
}

/** Is the address, or the whole network, in one of them? */
export function isIgnored(networks: readonly IpPrefix[], address: string): boolean {
  const one = parsePrefix(address);
  return isPrefix(one) && networks.some((network) => containsPrefix(network, one));
}

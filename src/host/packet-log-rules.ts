/**
 * The rules of nft(8) that log what may be a probe or an answer to one: the same choice as the BPF filter of the ring
 * (packet-filter-program.ts), in a table of our own. It only looks: nothing is dropped, marked or counted by it. Inbound
 * it stands before everything else, defragmentation included (−450, as NF_IP_PRI_RAW_BEFORE_DEFRAG), so that what a block
 * drops is seen as well; outbound behind everything, so that what is seen is what goes out.
 */

import { type FilterWish, MAX_HUSHED, SNAP_BYTES } from './packet-filter-program.ts';

const FIRST = -450;
const LAST = 450;
const REHEARSAL = '127.84.84.84';
/** See packet-filter-program.ts. */
const TINY_BYTES = 68;
const ORDINARY = 'esp, ah, gre, ipencap, 41, 89, 112, igmp, 103, 115';

/** Name of the table of a state directory. */
export function hearingTable(tag: string): string {
  return `telltale-hears-${tag}`;
}

/** The whole table, instead of whatever is there under its name, in one transaction. */
export function hearingRules(table: string, group: number, { hushed, ephemeral }: FilterWish): string {
  const log = `log group ${group} snaplen ${SNAP_BYTES}`;
  const told = `${log} accept`;
  return [
    `add table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    'set hushed { type inet_service; }',
    'chain both {',
    `ip hdrlength != 5 ${told}`,
    `tcp flags & ack == 0 ${told}`,
    `tcp flags & (syn | rst) != 0 ${told}`,
    // Destination unreachable and echo; ICMPv6: unreachable, parameter problem, echo.
    `icmp type { 3, 8 } ${told}`,
    `icmpv6 type { 1, 4, 128 } ${told}`,
    // SCTP: type of the first chunk, INIT, INIT ACK, ABORT, COOKIE ECHO.
    `meta l4proto sctp @th,96,8 { 1, 2, 6, 10 } ${told}`,
    '}',
    'chain in {',
    `type filter hook prerouting priority ${FIRST}; policy accept;`,
    // Data of connections is over with at once. "accept" ends this table's look at a packet, and no other's.
    'meta l4proto tcp tcp flags & (fin | syn | rst | ack) == ack ip hdrlength 5 accept',
    'meta nfproto ipv6 meta l4proto tcp tcp flags & (fin | syn | rst | ack) == ack accept',
    'meta pkttype { broadcast, multicast, other } accept',
    `iif lo ip saddr != ${REHEARSAL} ip daddr != ${REHEARSAL} accept`,
    'iif lo meta nfproto ipv6 accept',
    // From outside nobody may play the rehearsal.
    `iif != lo ip daddr ${REHEARSAL} accept`,
    `ip frag-off & 0x1fff != 0 ip frag-off & 0x1fff <= 4 ip length < ${TINY_BYTES} ${told}`,
    'ip frag-off & 0x1fff != 0 accept',
    `ip frag-off & 0x2000 != 0 ip length < ${TINY_BYTES} ${told}`,
    `ip6 nexthdr { 0, 43, 60 } ${told}`,
    `ip6 nexthdr 44 ip6 length < ${TINY_BYTES - 12} ${told}`,
    'ip6 nexthdr 44 accept',
    'jump both',
    `tcp flags & fin != 0 ${told}`,
    'udp dport @hushed accept',
    `udp dport != ${ephemeral[0]}-${ephemeral[1]} ${told}`,
    // From a well-known port to a client's: the answer to a question of ours, perhaps a late one.
    `udp sport >= 1024 ${told}`,
    `icmp type { 13, 15, 17 } ${told}`,
    `icmpv6 type 139 ${told}`,
    `meta l4proto != { tcp, udp, icmp, icmpv6, sctp, ${ORDINARY} } ${told}`,
    '}',
    'chain out {',
    `type filter hook postrouting priority ${LAST}; policy accept;`,
    'meta l4proto tcp tcp flags & (fin | syn | rst | ack) == ack accept',
    `oif lo ip saddr != ${REHEARSAL} ip daddr != ${REHEARSAL} accept`,
    'oif lo meta nfproto ipv6 accept',
    'ip frag-off & 0x1fff != 0 accept',
    'jump both',
    '}',
    '}',
    ...hush(table, hushed),
    '',
  ].join('\n');
}

/** Other UDP ports are hushed from now on. */
export function hushRules(table: string, { hushed }: FilterWish): string {
  return [`flush set inet ${table} hushed`, ...hush(table, hushed), ''].join('\n');
}

function hush(table: string, hushed: readonly number[]): string[] {
  const ports = hushed.slice(0, MAX_HUSHED);
  return ports.length === 0 ? [] : [`add element inet ${table} hushed { ${ports.join(', ')} }`];
}

/** Takes the table away, whether it is there or not. */
export function unheardRules(table: string): string {
  return `add table inet ${table}\ndelete table inet ${table}\n`;
}

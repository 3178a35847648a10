/**
 * The words for nft(8): one table of our own, put up in one transaction, so that there is no moment without it. Blocks
 * are elements with a timeout: the kernel takes them away by itself, also when we are dead.
 */

import { type IpPrefix, isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import type { Action } from '#model/responder.ts';

/** What the kernel may decide by itself, see docs/responders/nftables.md. */
export interface Trigger {
  /** Distinct closed TCP ports within a minute after which a source is shut out. */
  readonly ports: number;
  readonly forMs: number;
  /** ban: everything from it is dropped. delay: it is answered only when it asks a second time for the same connection. */
  readonly how: 'ban' | 'delay';
  /** Group of NFLOG that gets the packet which shuts a source out; undefined: nobody listens. */
  readonly group: number | undefined;
}

/** What the table is made of. */
export interface TableParts {
  readonly table: string;
  /** Packets a second that a source under `rate-limit` still gets through. */
  readonly packetsPerSecond: number;
  readonly trigger: Trigger | undefined;
}

/** Bytes of the packet that shuts its source out: IPv6 with all TCP options. */
export const TRIGGER_SNAP_BYTES = 100;

/** Elements of one set; beyond it the kernel refuses, and says so. */
const setSize = 65_536;

/** Name of the table of a state directory. */
export function tableName(tag: string): string {
  return `telltale-answers-${tag}`;
}

/**
 * The whole table with what stands, instead of whatever is there: one transaction. Prerouting at raw priority comes
 * before connection tracking, so a blocked flood costs next to nothing, and covers what is forwarded to containers.
 */
export function wholeTable(
  parts: TableParts,
  standing: readonly Action[],
  more: { readonly nowMs: number; readonly spared: readonly IpPrefix[] },
): string {
  const { table, packetsPerSecond, trigger } = parts;
  const blockSets = ['drop', 'slow'].flatMap((kind) => [
    `set ${kind}4 { type ipv4_addr; flags timeout; size ${setSize}; }`,
    `set ${kind}6 { type ipv6_addr; flags timeout; size ${setSize}; }`,
    `set ${kind}net4 { type ipv4_addr; flags interval,timeout; size ${setSize}; }`,
    `set ${kind}net6 { type ipv6_addr; flags interval,timeout; size ${setSize}; }`,
  ]);
  const meter = `limit rate over ${packetsPerSecond}/second burst ${packetsPerSecond * 2} packets } counter drop`;
  const slow = (family: 4 | 6): string[] => {
    const [saddr, key] = family === 4 ? ['ip saddr', 'ip saddr'] : ['ip6 saddr', `ip6 saddr & ${net64}`];
    return ['', 'net'].map((kind) => `${saddr} @slow${kind}${family} update @meter${family} { ${key} ${meter}`);
  };
  return [
    `add table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...blockSets,
    `set meter4 { type ipv4_addr; size ${setSize}; flags dynamic,timeout; timeout 1m; }`,
    `set meter6 { type ipv6_addr; size ${setSize}; flags dynamic,timeout; timeout 1m; }`,
    ...(trigger === undefined ? [] : triggerSets(trigger)),
    'chain answers { type filter hook prerouting priority -310; policy accept;',
    // Who is blocked on the same wire may still ask where we are: else our own neighbour table fills with failures.
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
    ...[4, 6].flatMap((family) =>
      ['', 'net'].map((kind) => `${family === 4 ? 'ip' : 'ip6'} saddr @drop${kind}${family} counter drop`),
    ),
    ...slow(4),
    ...slow(6),
    '}',
    ...(trigger === undefined ? [] : triggerChain(trigger)),
    '}',
    ...standing.map((action) => addElement(table, action, more.nowMs)),
    ...(trigger === undefined ? [] : spareElements(table, more.spared)),
    '',
  ].join('\n');
}

const net64 = 'ffff:ffff:ffff:ffff::';

function triggerSets(trigger: Trigger): string[] {
  const forS = seconds(trigger.forMs);
  return ([4, 6] as const).flatMap((family) => [
    `set never${family} { type ipv${family}_addr; flags interval; auto-merge; }`,
    `set seen${family} { type ipv${family}_addr . inet_service . ipv${family}_addr; size 131072; flags dynamic,timeout; timeout 5m; }`,
    `set rate${family} { type ipv${family}_addr; size ${setSize}; flags dynamic,timeout; timeout 5m; }`,
    `set again${family} { type ipv${family}_addr . inet_service . ipv${family}_addr . inet_service; size 131072; flags dynamic,timeout; timeout 30s; }`,
    `set ban${family} { type ipv${family}_addr; size ${setSize}; flags dynamic,timeout; timeout ${forS}s; counter; }`,
  ]);
}

/**
 * TCP only: what UDP brings to closed ports is traceroute and late answers more often than a scan. A socket that is
 * there answers for itself, also one that was opened a moment ago; connection tracking knows the answers to what we
 * began. One port counts once, however often it is tried; a rate over the first tries of ports counts distinct ports.
 */
function triggerChain({ ports, group, how }: Trigger): string[] {
  const log = group === undefined ? '' : ` log group ${group} snaplen ${TRIGGER_SNAP_BYTES}`;
  const count = (family: 4 | 6): string[] => {
    const ip = family === 4 ? 'ip' : 'ip6';
    const key = family === 4 ? 'ip saddr' : `ip6 saddr & ${net64}`;
    const seen = `${ip} saddr . tcp dport . ${ip} daddr`;
    return [
      `${seen} @seen${family} accept`,
      `meta nfproto ipv${family} add @seen${family} { ${seen} }`,
      `meta nfproto ipv${family} update @rate${family} { ${key} limit rate over ${ports}/minute burst ${ports} packets } add @ban${family} { ${key} }${log} counter drop`,
    ];
  };
  const banned = ['ip saddr @ban4 counter drop', `ip6 saddr & ${net64} @ban6 counter drop`];
  return [
    ...(how === 'delay' ? lateChain() : []),
    'chain trigger { type filter hook input priority -150; policy accept;',
    'iif lo accept',
    'meta l4proto != tcp accept',
    'ip saddr @never4 accept',
    'ip6 saddr @never6 accept',
    ...(how === 'ban' ? banned : []),
    'ct state established,related accept',
    'tcp flags & (syn | ack) == (syn | ack) accept',
    'tcp flags & rst == rst accept',
    ...(how === 'delay' ? [`ip saddr @ban4 ${ASKS} jump late`, `ip6 saddr & ${net64} @ban6 ${ASKS} jump late`] : []),
    'socket wildcard 0 accept',
    'socket wildcard 1 accept',
    ...(how === 'delay' ? banned : []),
    ...count(4),
    ...count(6),
    '}',
  ];
}

const ASKS = 'tcp flags & (syn | ack) == syn';

/**
 * Every operating system repeats the very same SYN after a second; nmap takes another port for its second try, and gives
 * up a connect() before. So an innocent whose address was forged waits a second, and a scanner learns nothing.
 */
function lateChain(): string[] {
  const rules = ([4, 6] as const).flatMap((family) => {
    const ip = family === 4 ? 'ip' : 'ip6';
    const connection = `${ip} saddr . tcp sport . ${ip} daddr . tcp dport`;
    return [
      `${connection} @again${family} return`,
      `meta nfproto ipv${family} add @again${family} { ${connection} } counter drop`,
    ];
  });
  return ['chain late {', ...rules, '}'];
}

/** Puts up an element that is not there; fails for one that is. A transaction that removes nothing is over at once. */
export function createElement(table: string, action: Action, nowMs: number): string {
  return addElement(table, action, nowMs).replace(/^[^]*\nadd element/, 'create element');
}

/** Puts an element up with what is left of its time, whether it stood before or not. */
export function addElement(table: string, action: Action, nowMs: number): string {
  const place = `inet ${table} ${setOf(action)}`;
  const left = seconds(Math.max(1000, action.untilMs - nowMs));
  return [...removeElement(table, action), `add element ${place} { ${action.target} timeout ${left}s }`].join('\n');
}

/** Takes an element away; adding it first makes that no error when its time ran out a moment ago. */
export function removeElement(table: string, action: Action): string[] {
  const place = `inet ${table} ${setOf(action)}`;
  return [`add element ${place} { ${action.target} }`, `delete element ${place} { ${action.target} }`];
}

/** Ends what the kernel decided by itself about the target: bans are kept by address, or by /64. */
export function removeBan(table: string, target: string): string[] {
  const prefix = parsePrefix(target);
  if (!isPrefix(prefix)) return [];
  const address = prefix.text.replace(/\/64$/, '');
  const kept = prefix.family === 4 ? prefix.bits === 32 : prefix.bits === 64;
  if (!kept) return [];
  return ['ban', 'rate'].flatMap((kind) => [
    `add element inet ${table} ${kind}${prefix.family} { ${address} }`,
    `delete element inet ${table} ${kind}${prefix.family} { ${address} }`,
  ]);
}

/** Replaces the never-block list of the trigger. */
export function spareElements(table: string, spared: readonly IpPrefix[]): string[] {
  const lines: string[] = [];
  for (const family of [4, 6] as const) {
    const place = `inet ${table} never${family}`;
    const own = spared.filter((prefix) => prefix.family === family).map(({ text }) => text);
    lines.push(`flush set ${place}`);
    if (own.length > 0) lines.push(`add element ${place} { ${own.join(', ')} }`);
  }
  return lines;
}

function setOf({ target, kind }: Action): string {
  const family = target.includes(':') ? 6 : 4;
  return `${kind === 'drop' ? 'drop' : 'slow'}${target.includes('/') ? 'net' : ''}${family}`;
}

/** nft takes whole seconds here; a block must not end before its time. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

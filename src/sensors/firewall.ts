/** Watches the rules of the packet filter and of TCP wrappers: see docs/sensors/firewall.md. */

import { createHash } from 'node:crypto';
import { chainsOfNft, chainsOfSaved, type FirewallChain, nameOf } from '#formats/firewall-chains.ts';
import { parseHostsAccess } from '#formats/hosts-access.ts';
import { textOf } from '#lib/text-of.ts';
import type { FilterListing } from '#model/filter.ts';
import type { Gap } from '#model/gap.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { lastDoer } from './firewall-doer.ts';

export const firewall = defineTable({
  name: 'firewall',
  doc: 'Chains of the packet filter with policy and rules, and lines of hosts.allow and hosts.deny.',
  slot: ['family', 'table', 'chain'],
  columns: {
    family: ['text', 'ip, ip6, inet, arp, bridge, netdev; "tcp wrappers" for hosts.allow and hosts.deny', 'identity'],
    table: ['text', 'Table of the filter, or the file of TCP wrappers', 'identity'],
    chain: ['text', 'Chain, or the line of TCP wrappers', 'identity'],
    hook: ['text', 'Where packets enter it: input, forward …; "" for chains that others jump to', 'compared'],
    policy: ['text', 'What becomes of packets that no rule decides about', 'compared'],
    type: ['text', 'filter, nat or route'],
    ruleCount: ['int', 'Number of rules'],
    digest: ['text', 'Beginning of the SHA-256 of all rules in order', 'compared'],
    rules: ['list', 'The rules; at most 60 a chain'],
  },
});

/** A row of `firewall`. */
export type FirewallRow = NonNullable<(typeof firewall)['row']>;

/** Files of TCP wrappers: hosts_access(5). */
export const WRAPPERS = ['/etc/hosts.allow', '/etc/hosts.deny'];
/** Clusters have thousands of chains; beyond this number rules are known by their digest alone. */
const MAX_CHAINS = 4000;
const MANY_CHAINS = 400;
const MAX_RULES = 60;
const MAX_RULE = 200;
/** Without a generation (no rights) rules are read again this often. */
const REREAD_MS = 60_000;
const OLD_REREAD_MS = 20_000;
const OURS = /^telltale[-_]/i;
/** Names of the tables of old iptables in our network namespace; empty, or not there, where it was never used. */
const OLD_TABLES = ['/proc/thread-self/net/ip_tables_names', '/proc/thread-self/net/ip6_tables_names'];

interface Memo {
  generation: number | undefined;
  /** Tables of old iptables. */
  old: string;
  readMs: number;
  rows: readonly FirewallRow[];
  gaps: readonly Gap[];
}

const memos = new WeakMap<Host, Memo>();

export default defineSensor<FirewallRow>({
  name: 'firewall',
  doc: 'Asks nft and iptables for the rules when nf_tables counted a change; reads hosts.allow and hosts.deny.',
  everyMs: 10_000,
  table: firewall,
  async look(host, signal) {
    const memo = memos.get(host) ?? { generation: undefined, old: '', readMs: -Infinity, rows: [], gaps: [] };
    memos.set(host, memo);
    if (host.filter !== undefined) await readFilter(host, memo, signal);
    const gaps = [...memo.gaps];
    const wrapped = WRAPPERS.flatMap((path) => wrapperRows(host, path, gaps));
    return { rows: [...memo.rows, ...wrapped], gaps, by: 'nft and iptables-save' };
  },
  doer(host, { family, table }) {
    if (family === 'tcp wrappers') return host.writerOf(table)?.who;
    return family.endsWith('(old)') ? undefined : lastDoer(host);
  },
});

async function readFilter(host: Host, memo: Memo, signal: AbortSignal): Promise<void> {
  const asked = host.filter?.generation();
  const generation = typeof asked === 'number' ? asked : undefined;
  const nowMs = host.clock.monotonicMs();
  // Old iptables counts no generation: its rules are read again from time to time, and when it comes or goes.
  const old = OLD_TABLES.map((path) => textAt(host, path)).join('');
  const isSame = generation === memo.generation && old === memo.old;
  const rereadMs = old === '' ? (generation === undefined ? REREAD_MS : Infinity) : OLD_REREAD_MS;
  if (isSame && nowMs - memo.readMs < rereadMs) return;
  const listing = await host.filter?.rules(signal);
  if (listing === undefined) return;
  takeIn(memo, listing);
  memo.generation = generation;
  memo.old = old;
  memo.readMs = nowMs;
}

function textAt({ files }: Host, path: string): string {
  const bytes = files.read(path, 4096);
  return isFailure(bytes) ? '' : bytes.toString('latin1');
}

function takeIn(memo: Memo, listing: FilterListing): void {
  const chains = chainsOf(listing);
  const gaps: Gap[] = [...listing.gaps];
  if (chains.length > MAX_CHAINS)
    gaps.push({ what: 'firewall', why: `more than ${MAX_CHAINS} chains: the rest is not compared` });
  if (chainsOfNft(listing.nft ?? '') === undefined)
    gaps.push({ what: 'rules of nf_tables', why: 'nft printed no JSON' });
  const brief = chains.length > MANY_CHAINS;
  memo.rows = chains.slice(0, MAX_CHAINS).map((chain) => rowOf(chain, brief));
  memo.gaps = gaps;
}

/**
 * iptables knows its own chains better, but it also prints chains that are not there; where nft is missing it is all
 * there is. Our own tables are no news.
 */
function chainsOf({ nft, saved }: FilterListing): readonly FirewallChain[] {
  const read = chainsOfNft(nft ?? '');
  const there = nft === undefined || read === undefined ? undefined : new Set(read.map(nameOf));
  const known = saved.flatMap(({ family, legacy, text }) =>
    chainsOfSaved(text, family, legacy).filter((chain) => legacy || there === undefined || there.has(nameOf(chain))),
  );
  const better = new Set(known.map(nameOf));
  const chains = [...(read ?? []).filter((chain) => !better.has(nameOf(chain))), ...known];
  return chains.filter((chain) => !isOurs(chain)).map(withoutOurs);
}

function withoutOurs(chain: FirewallChain): FirewallChain {
  return chain.rules.some(isOurRule) ? { ...chain, rules: chain.rules.filter((rule) => !isOurRule(rule)) } : chain;
}

/** What we make only drops: a table of our name that does anything else is not ours. */
function isOurs({ table, chain, type, rules }: FirewallChain): boolean {
  if (!OURS.test(table) && !OURS.test(chain)) return false;
  return (
    type !== 'nat' && !rules.some((rule) => /\b(?:dnat|snat|redirect|masquerade|tproxy|queue|mangle)\b/i.test(rule))
  );
}

/** The rule with which blocks by iptables begin. */
function isOurRule(rule: string): boolean {
  return /^-m set --match-set telltale-[\w-]+ src -j DROP$/.test(rule) || /^-j telltale-[\w-]+$/i.test(rule);
}

function rowOf({ family, table, chain, hook, policy, type, rules }: FirewallChain, brief: boolean): FirewallRow {
  const digest = createHash('sha256').update(rules.join('\n')).digest('hex').slice(0, 16);
  const shown = brief ? [] : rules.slice(0, MAX_RULES).map((rule) => rule.slice(0, MAX_RULE));
  return { family, table, chain, hook, policy, type, ruleCount: rules.length, digest, rules: shown };
}

const NO_CHAIN = { hook: '', policy: '', type: '', ruleCount: 0, digest: '', rules: [] };

function wrapperRows(host: Host, path: string, gaps: Gap[]): readonly FirewallRow[] {
  const bytes = host.files.read(path, 1 << 20);
  if (isFailure(bytes)) {
    if (bytes.error !== 'ENOENT') gaps.push({ what: path, why: bytes.error });
    return [];
  }
  // The responder hosts-deny ends its lines with a mark of its own.
  const text = textOf(bytes)
    .split('\n')
    .filter((line) => !/#\s*telltale [0-9a-f]/.test(line))
    .join('\n');
  const { rows, rejects } = parseHostsAccess(text);
  const lines = rows
    .filter(({ daemons }) => daemons !== '')
    .map(({ daemons, clients, options }) => `${daemons}: ${clients}${options === '' ? '' : `: ${options}`}`);
  const names = [...new Set([...lines, ...rejects.map((line) => `(no rule) ${line.trim()}`)])];
  return names.slice(0, 1000).map((line) => wrapperRow(path, line.slice(0, 300)));
}

function wrapperRow(path: string, line: string): FirewallRow {
  return { ...NO_CHAIN, family: 'tcp wrappers', table: path, chain: line };
}

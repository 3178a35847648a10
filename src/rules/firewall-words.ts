/** Words, differences and samples that the rules on the packet filter share. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Cell } from '#model/table.ts';
import type { FirewallRow } from '#sensors/firewall.ts';

/** Chains that programs keep for themselves and write again and again. */
const KEPT_BY_PROGRAMS = /^(?:DOCKER|KUBE-|CNI-|NETAVARK|LIBVIRT_|cali-|CILIUM|OVN-|f2b-|crowdsec|sshguard|ts-|WEAVE)/i;

/** What stands in the way of packets from outside. */
const INWARD = new Set(['input', 'forward', 'prerouting', 'ingress']);

export const WRAPPERS = 'tcp wrappers';

/** Does it decide about what comes from outside? */
export function isInward(row: FirewallRow): boolean {
  return INWARD.has(row.hook);
}

/** Rewritten by container engines and the like at each start of something. */
export function isKeptByProgram(row: FirewallRow): boolean {
  return KEPT_BY_PROGRAMS.test(row.chain) || KEPT_BY_PROGRAMS.test(row.table);
}

/** "chain ip filter INPUT". */
export function chainName(row: FirewallRow): string {
  return `chain ${shorten(visible(`${row.family} ${row.table} ${row.chain}`), 100)}`;
}

/** A rule, made visible and short. */
export function ruleName(rule: string): string {
  return `"${shorten(visible(rule), 100)}"`;
}

/** Rules that came and went; order alone gives neither. */
export function difference(before: FirewallRow, after: FirewallRow) {
  const [old, now] = [new Set(before.rules), new Set(after.rules)];
  return { came: after.rules.filter((rule) => !old.has(rule)), went: before.rules.filter((rule) => !now.has(rule)) };
}

/** Lets through whatever comes to it. */
export function letsAllIn(rule: string): boolean {
  return /^(?:-j ACCEPT|accept)$/.test(rule.trim());
}

/** What every finding about a chain holds. */
export function aboutChain(row: FirewallRow) {
  const { family, table, chain, hook, policy, ruleCount } = row;
  const facts: Record<string, Cell> = { family, table, chain, hook, policy, ruleCount };
  const old = family.endsWith('(old)');
  const next = old
    ? `${family.startsWith('ip6') ? 'ip6tables' : 'iptables'}-legacy-save -t ${shellQuote(table)}`
    : `nft list chain ${shellQuote(family)} ${shellQuote(table)} ${shellQuote(chain)}`;
  return { subject: `${family} ${table} ${chain}`, facts, next: `${next}; telltale changes` };
}

/** The way in of a host that lets in SSH alone. */
export const inputChain: FirewallRow = {
  family: 'inet',
  table: 'filter',
  chain: 'input',
  hook: 'input',
  policy: 'drop',
  type: 'filter',
  ruleCount: 2,
  digest: '9f86d081884c7d65',
  rules: ['ct state established,related accept', 'tcp dport 22 accept'],
};

/** A line of hosts.deny. */
export const wrapperLine: FirewallRow = {
  ...inputChain,
  family: WRAPPERS,
  table: '/etc/hosts.deny',
  chain: 'ALL: ALL',
  hook: '',
  policy: '',
  type: '',
  ruleCount: 0,
  digest: '',
  rules: [],
};

/** Output of `nft -j -t list ruleset`: see libnftables-json(5). Total: what is not understood is said to be so. */

import { type NftRead, nftTest } from './nft-match.ts';
import type { FilterChain, FilterRule, PacketFilter, Test, Verdict } from './packet-filter.ts';

/** `usesXt`: some rules hold matches of iptables, which only iptables-save shows. */
export interface NftRuleset extends PacketFilter {
  readonly usesXt: boolean;
}

type Json = Readonly<Record<string, unknown>>;

interface Building extends FilterChain {
  readonly rules: FilterRule[];
}

const FAMILIES: Readonly<Record<string, readonly (4 | 6)[]>> = { ip: [4], ip6: [6], inet: [4, 6], netdev: [4, 6] };
const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };

/** Chains of other families (arp, bridge) do not decide about connections to this host and are left out. */
export function parseNftRuleset(text: string): NftRuleset {
  const items = itemsOf(text);
  if (items === undefined) return { chains: [], doubts: ['nft printed no JSON that could be read'], usesXt: false };
  const chains = new Map<string, Building>();
  for (const item of items) if (isJson(item['chain'])) addChain(chains, item['chain']);
  for (const item of items) if (isJson(item['rule'])) addRules(chains, item['rule']);
  return { chains: [...chains.values()], doubts: [], usesXt: text.includes('{"xt":') };
}

function itemsOf(text: string): readonly Json[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const list = isJson(parsed) ? parsed['nftables'] : undefined;
    return Array.isArray(list) ? list.filter(isJson) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function addChain(chains: Map<string, Building>, chain: Json): void {
  const families = FAMILIES[String(chain['family'])];
  if (families === undefined) return;
  const name = chainName(chain, String(chain['name']));
  const entry = entryOf(chain);
  const policy = chain['policy'] === 'drop' ? 'drop' : 'accept';
  chains.set(name, { name, families, ...(entry === undefined ? {} : { entry }), policy, rules: [] });
}

function entryOf(chain: Json): FilterChain['entry'] {
  const hook = chain['hook'];
  if (hook !== 'ingress' && hook !== 'prerouting' && hook !== 'input') return undefined;
  const prio = chain['prio'];
  return { hook, priority: typeof prio === 'number' ? prio : (PRIORITIES[String(prio)] ?? 0) };
}

function chainName(at: Json, chain: string): string {
  return `${String(at['family'])} ${String(at['table'])} ${chain}`;
}

/** One rule gives one rule, or, for a verdict map, one for each of its elements. */
function addRules(chains: Map<string, Building>, rule: Json): void {
  const chain = chains.get(chainName(rule, String(rule['chain'])));
  if (chain === undefined) return;
  const tests: Test[] = [];
  let text = '';
  for (const expression of Array.isArray(rule['expr']) ? rule['expr'].filter(isJson) : [{ unreadable: null }]) {
    const [kind = '', body] = Object.entries(expression)[0] ?? [];
    const verdict = verdictOf(rule, kind, body);
    if (verdict !== undefined) {
      chain.rules.push({ text: quoted(text, `${kind} ${targetOf(body)}`), tests, verdict });
      return;
    }
    const read = nftTest(kind, body);
    text = quoted(text, read.text);
    if (read.map === undefined) tests.push(...read.tests);
    else chain.rules.push(...mapRules(rule, read.map, { text, tests: [...tests] }));
  }
}

function mapRules(rule: Json, map: NonNullable<NftRead['map']>, before: Omit<FilterRule, 'verdict'>): FilterRule[] {
  return map.map((element) => {
    const [kind = '', body] = Object.entries(element.verdict)[0] ?? [];
    const verdict = verdictOf(rule, kind, body) ?? { do: 'unknown' };
    return { text: before.text, tests: [...before.tests, ...element.tests], verdict };
  });
}

function quoted(text: string, more: string): string {
  return `${text} ${more}`.trim().slice(0, 200);
}

function verdictOf(rule: Json, kind: string, body: unknown): Verdict | undefined {
  switch (kind) {
    case 'accept':
    case 'return':
    case 'drop':
      return { do: kind };
    case 'reject':
      return { do: 'drop' };
    case 'continue':
      return { do: 'nothing' };
    case 'queue':
    case 'synproxy':
    case 'tproxy':
      return { do: 'unknown' };
    case 'jump':
    case 'goto':
      return { do: kind, chain: chainName(rule, targetOf(body)) };
    default:
      return undefined;
  }
}

function targetOf(body: unknown): string {
  return isJson(body) ? String(body['target']) : '';
}

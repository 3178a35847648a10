/** Chains of the packet filter with their rules as text: from nft's JSON (libnftables-json(5)) and from iptables-save(8). */

import { nftTest } from './nft-match.ts';

/** One chain. `rules` are texts without counters and handles. */
export interface FirewallChain {
  /** ip, ip6, inet, arp, bridge or netdev; with " (old)" for the old kernel side of iptables. */
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** "input", "forward" …; "" for chains that others jump to. */
  readonly hook: string;
  /** "accept", "drop", or "" where there is no hook. */
  readonly policy: string;
  /** filter, nat, route. */
  readonly type: string;
  readonly rules: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** What iptables' own chains are called, and where they hook. */
const SAVED_HOOKS: Readonly<Record<string, string>> = {
  INPUT: 'input',
  OUTPUT: 'output',
  FORWARD: 'forward',
  PREROUTING: 'prerouting',
  POSTROUTING: 'postrouting',
};

/** Text that is no JSON gives undefined; "" is an empty ruleset. */
export function chainsOfNft(text: string): readonly FirewallChain[] | undefined {
  const items = itemsOf(text);
  if (items === undefined) return undefined;
  const chains = new Map<string, FirewallChain & { rules: string[] }>();
  for (const { chain } of items) if (isJson(chain)) chains.set(keyOf(chain, chain['name']), chainOf(chain));
  for (const { rule } of items) {
    if (!isJson(rule)) continue;
    const expressions = Array.isArray(rule['expr']) ? rule['expr'].filter(isJson) : [];
    chains.get(keyOf(rule, rule['chain']))?.rules.push(ruleText(expressions));
  }
  return [...chains.values()];
}

/** "ip filter INPUT": the same for both readers. */
export function nameOf({ family, table, chain }: Pick<FirewallChain, 'family' | 'table' | 'chain'>): string {
  return `${family} ${table} ${chain}`;
}

function keyOf(at: Json, chain: unknown): string {
  return `${String(at['family'])} ${String(at['table'])} ${String(chain)}`;
}

function chainOf(chain: Json) {
  const hook = typeof chain['hook'] === 'string' ? chain['hook'] : '';
  return {
    family: String(chain['family']),
    table: String(chain['table']),
    chain: String(chain['name']),
    hook,
    policy: hook === '' ? '' : chain['policy'] === 'drop' ? 'drop' : 'accept',
    type: typeof chain['type'] === 'string' ? chain['type'] : '',
    rules: [],
  };
}

/** As nft would print it, near enough to read: verdicts by name, matches in words, the rest as JSON without counts. */
function ruleText(expressions: readonly Json[]): string {
  const words = expressions.map((expression) => {
    const [kind = '', body] = Object.entries(expression)[0] ?? [];
    return expressionText(kind, body);
  });
  return words
    .filter((word) => word !== '')
    .join(' ')
    .slice(0, 300);
}

function expressionText(kind: string, body: unknown): string {
  switch (kind) {
    case 'counter':
      return '';
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return kind;
    case 'jump':
    case 'goto':
      return `${kind} ${isJson(body) ? String(body['target']) : ''}`;
    case 'match':
    case 'vmap':
      return nftTest(kind, body).text;
    default:
      return body === null ? kind : `${kind} ${JSON.stringify(body, withoutCounts)}`;
  }
}

function withoutCounts(key: string, value: unknown): unknown {
  return key === 'packets' || key === 'bytes' || key === 'handle' || key === 'used' ? undefined : value;
}

function itemsOf(text: string): readonly Json[] | undefined {
  if (text === '') return [];
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

/** Every chain of every table in the output; lines that are neither are passed over. */
export function chainsOfSaved(text: string, family: 4 | 6, legacy: boolean): FirewallChain[] {
  const name = `${family === 4 ? 'ip' : 'ip6'}${legacy ? ' (old)' : ''}`;
  const chains = new Map<string, FirewallChain & { rules: string[] }>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const [, chain, policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? [];
    if (chain !== undefined) chains.set(`${table} ${chain}`, savedChain(name, table, { chain, policy }));
    const [, target, rule = ''] = /^(?:\[\d+:\d+\] )?-A (\S+) ?(.*)$/.exec(line) ?? [];
    if (target !== undefined) chains.get(`${table} ${target}`)?.rules.push(rule.slice(0, 300));
  }
  return [...chains.values()];
}

function savedChain(family: string, table: string, { chain, policy }: { chain: string; policy: string }) {
  const hook = SAVED_HOOKS[chain] ?? '';
  const type = table === 'nat' ? 'nat' : 'filter';
  return { family, table, chain, hook, policy: hook === '' ? '' : policy.toLowerCase(), type, rules: [] };
}

/** Output of iptables-save and ip6tables-save: see iptables-save(8), iptables-extensions(8). */

import { parseUint } from '#lib/parse-uint.ts';
import type { FilterChain, FilterRule, PacketFilter, Range, Test, Verdict } from './packet-filter.ts';

const ENTRIES: Readonly<Record<string, { hook: 'prerouting' | 'input'; priority: number }>> = {
  'raw PREROUTING': { hook: 'prerouting', priority: -300 },
  'mangle PREROUTING': { hook: 'prerouting', priority: -150 },
  'mangle INPUT': { hook: 'input', priority: -150 },
  'filter INPUT': { hook: 'input', priority: 0 },
  'security INPUT': { hook: 'input', priority: 50 },
};

interface Building {
  readonly name: string;
  readonly entry: FilterChain['entry'];
  readonly policy: 'accept' | 'drop';
  readonly rules: FilterRule[];
}

/**
 * Reads the whole output for one family. Chains are named as nft names them ("ip filter INPUT"), those of the old
 * kernel side with "legacy-" before. Lines that are neither table, chain, rule nor comment are doubts.
 */
export function parseIptablesSave(text: string, family: 4 | 6, legacy = false): PacketFilter {
  const prefix = `${legacy ? 'legacy-' : ''}${family === 4 ? 'ip' : 'ip6'}`;
  const chains = new Map<string, Building>();
  const doubts: string[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    const first = line[0];
    if (line.trim() === '' || first === '#' || line === 'COMMIT') continue;
    if (first === '*') table = `${prefix} ${line.slice(1).trim()}`;
    else if (first === ':') addChain(chains, table, line);
    else if (!addRule(chains, table, line)) doubts.push(line.slice(0, 200));
  }
  return { chains: [...chains.values()].map((chain) => finished(chain, family)), doubts };
}

function finished({ name, entry, policy, rules }: Building, family: 4 | 6): FilterChain {
  const chain = { name, families: [family], policy, rules };
  return entry === undefined ? chain : { ...chain, entry };
}

function addChain(chains: Map<string, Building>, table: string, line: string): void {
  const [name = '', policy = ''] = line.slice(1).split(' ');
  const full = `${table} ${name}`;
  chains.set(full, {
    name: full,
    entry: ENTRIES[full.slice(full.indexOf(' ') + 1)],
    policy: policy === 'DROP' ? 'drop' : 'accept',
    rules: [],
  });
}

function addRule(chains: Map<string, Building>, table: string, line: string): boolean {
  const words = wordsOf(line);
  const [option, chain = ''] = words;
  const target = chains.get(`${table} ${chain}`);
  if (option !== '-A' || target === undefined) return false;
  target.rules.push(ruleOf(table, line, words.slice(2)));
  return true;
}

/** Words as a shell would split them; iptables-save writes "…" with \" inside. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|\S+/g)].map((found) => found[1] ?? found[0]);
}

function ruleOf(table: string, line: string, words: readonly string[]): FilterRule {
  const tests: Test[] = [];
  let verdict: Verdict = { do: 'nothing' };
  let negated = false;
  for (let at = 0; at < words.length; ) {
    const option = words[at] ?? '';
    const value = words[at + 1] ?? '';
    at += 2;
    if (option === '!') {
      negated = true;
      at -= 1;
      continue;
    }
    if (option === '-j' || option === '-g') {
      verdict = verdictOf(table, option, value);
      break;
    }
    const test = testOf(option, value, negated);
    if (test !== undefined) tests.push(test);
    negated = false;
    // An option that we do not know may have any number of values: skip to the next option.
    while (at < words.length && !/^(?:!|--?[a-zA-Z])/.test(words[at] ?? '')) at += 1;
  }
  return { text: line.slice(0, 200), tests, verdict };
}

function verdictOf(table: string, option: string, target: string): Verdict {
  switch (target) {
    case 'ACCEPT':
      return { do: 'accept' };
    case 'DROP':
    case 'REJECT':
    case 'TARPIT':
      return { do: 'drop' };
    case 'RETURN':
      return { do: 'return' };
    case 'QUEUE':
    case 'NFQUEUE':
    case 'SYNPROXY':
      return { do: 'unknown' };
    default:
      if (HARMLESS.has(target)) return { do: 'nothing' };
      return { do: option === '-g' ? 'goto' : 'jump', chain: `${table} ${target}` };
  }
}

const HARMLESS = new Set(
  'LOG NFLOG ULOG MARK CONNMARK CT NOTRACK TRACE AUDIT SET TOS DSCP TCPMSS CLASSIFY TEE CHECKSUM TTL HL SECMARK CONNSECMARK'.split(
    ' ',
  ),
);

const SENDER = new Set(
  '-s --source --sport --source-port --sports --mac-source --src-range --limit --limit-burst --hashlimit-upto --hashlimit-above --connlimit-above --connlimit-upto --datestart --timestart --weekdays'.split(
    ' ',
  ),
);
/** Load a match or add words; they decide nothing. */
const SILENT = new Set('-m --match --comment --limit-burst -c'.split(' '));

function testOf(option: string, value: string, negated: boolean): Test | undefined {
  if (SILENT.has(option)) return undefined;
  if (SENDER.has(option)) return { on: 'sender' };
  switch (option) {
    case '-p':
      return value === 'all' ? undefined : { on: 'protocol', is: [value], negated };
    case '-i':
      return { on: 'interface', is: [value], negated };
    case '-d':
      return { on: 'destination', is: [value], negated };
    case '--dport':
    case '--dports':
      return portTest(value, negated);
    case '--state':
    case '--ctstate':
      return { on: 'state', is: value.toLowerCase().split(','), negated };
    default:
      return { on: 'unknown' };
  }
}

function portTest(value: string, negated: boolean): Test {
  const ranges: Range[] = [];
  for (const part of value.split(',')) {
    const [from = '', to = from] = part.split(':');
    const first = parseUint(from === '' ? '0' : from, 65_535);
    const last = parseUint(to === '' ? '65535' : to, 65_535);
    if (first === undefined || last === undefined) return { on: 'unknown' };
    ranges.push([first, last]);
  }
  return { on: 'port', ranges, negated };
}

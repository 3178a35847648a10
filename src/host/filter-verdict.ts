/**
 * Does a packet filter let a new connection to a local port through? Each condition holds, does not hold, or cannot be
 * told; a rule that cannot be told leaves a doubt, and a doubt that matters makes the answer "cannot tell". A port is
 * called filtered only when every way to it is closed.
 */

import { isIPv4 } from 'node:net';
import type { FilterChain, FilterRule, PacketFilter, Test } from '#formats/packet-filter.ts';
import type { Exposure } from '#model/host.ts';

/** The connection that is asked about: from anywhere outside, to this port. */
export interface Knock {
  readonly family: 4 | 6;
  readonly protocol: string;
  readonly port: number;
  /** Address it goes to; "" when the socket takes every address. */
  readonly address: string;
}

type Truth = 'yes' | 'no' | 'some' | 'unknown';

/** `some`: depends on who sends. A drop for some leaves the port open to others; an accept for some is no open door. */
interface Walk {
  readonly end: 'accept' | 'drop' | 'none';
  readonly by: string;
}

interface Doubts {
  accept: string;
  drop: string;
  steps: number;
}

/** Rules looked at for one answer; a longer walk is a doubt. */
const MAX_STEPS = 20_000;
const MAX_DEPTH = 16;
const HOOKS = ['ingress', 'prerouting', 'input'];

/** Answers "open", "filtered" or "cannot tell", quoting the rule or policy that decides. */
export function filterVerdict(filter: PacketFilter, knock: Knock): Exposure {
  const byName = new Map(filter.chains.map((chain) => [chain.name, chain]));
  const doubts: Doubts = { accept: '', drop: filter.doubts[0] ?? '', steps: 0 };
  let why = 'no rule of the packet filter stops it';
  for (const chain of entries(filter, knock)) {
    const walk = walkChain(chain, knock, { byName, doubts, depth: 0 });
    const end = walk.end === 'none' ? chain.policy : walk.end;
    const by = walk.end === 'none' ? `policy ${chain.policy} of chain ${chain.name}` : walk.by;
    if (end === 'drop') return dropped(doubts, by);
    if (walk.end !== 'none' || chain.policy !== 'accept' || chain.rules.length > 0) why = by;
  }
  if (doubts.drop !== '') return { answer: 'cannot tell', why: `not understood: ${doubts.drop}` };
  return { answer: 'open', why };
}

function dropped(doubts: Doubts, by: string): Exposure {
  if (doubts.accept === '') return { answer: 'filtered', why: by };
  return { answer: 'cannot tell', why: `closed by ${by}, but for some: ${doubts.accept}` };
}

/** Base chains on the way of a packet to a local socket, in the order in which it meets them. */
function entries(filter: PacketFilter, knock: Knock): FilterChain[] {
  const order = ({ entry }: FilterChain): number =>
    entry === undefined ? 0 : HOOKS.indexOf(entry.hook) * 1e6 + entry.priority;
  return filter.chains
    .filter((chain) => chain.entry !== undefined && chain.families.includes(knock.family))
    .sort((a, b) => order(a) - order(b));
}

interface Way {
  readonly byName: ReadonlyMap<string, FilterChain>;
  readonly doubts: Doubts;
  readonly depth: number;
}

function walkChain(chain: FilterChain, knock: Knock, way: Way): Walk {
  for (const rule of chain.rules) {
    way.doubts.steps += 1;
    if (way.depth > MAX_DEPTH || way.doubts.steps > MAX_STEPS) {
      way.doubts.drop ||= 'more rules than are looked at';
      way.doubts.accept ||= 'more rules than are looked at';
      return { end: 'none', by: '' };
    }
    const truth = truthOf(rule, knock);
    if (truth === 'no') continue;
    const walk = applyRule(rule, truth, knock, way);
    if (walk !== undefined) return walk;
  }
  return { end: 'none', by: '' };
}

/** The end of the walk in this chain, or undefined to go on with the next rule. */
function applyRule(rule: FilterRule, truth: Truth, knock: Knock, way: Way): Walk | undefined {
  const { verdict } = rule;
  switch (verdict.do) {
    case 'nothing':
      return undefined;
    case 'accept':
    case 'drop':
      if (truth === 'yes') return { end: verdict.do, by: `"${rule.text}"` };
      noteDoubt(way.doubts, verdict.do, truth, rule);
      return undefined;
    case 'return':
      if (truth === 'yes') return { end: 'none', by: '' };
      noteDoubt(way.doubts, 'accept', 'unknown', rule);
      noteDoubt(way.doubts, 'drop', 'unknown', rule);
      return undefined;
    case 'unknown':
      noteDoubt(way.doubts, 'accept', 'unknown', rule);
      noteDoubt(way.doubts, 'drop', 'unknown', rule);
      return undefined;
    case 'jump':
    case 'goto':
    default:
      return follow(rule, truth, knock, way);
  }
}

function follow(rule: FilterRule, truth: Truth, knock: Knock, way: Way): Walk | undefined {
  const { verdict } = rule;
  const target = 'chain' in verdict ? way.byName.get(verdict.chain) : undefined;
  if (target === undefined) {
    noteDoubt(way.doubts, 'accept', 'unknown', rule);
    noteDoubt(way.doubts, 'drop', 'unknown', rule);
    return undefined;
  }
  const walk = walkChain(target, knock, { ...way, depth: way.depth + 1 });
  if (truth === 'yes') {
    if (walk.end !== 'none') return walk;
    return verdict.do === 'goto' ? { end: 'none', by: '' } : undefined;
  }
  if (walk.end !== 'none') noteDoubt(way.doubts, walk.end, truth, rule);
  if (verdict.do === 'goto') noteDoubt(way.doubts, 'accept', truth, rule);
  return undefined;
}

function noteDoubt(doubts: Doubts, verdict: 'accept' | 'drop', truth: Truth, rule: FilterRule): void {
  // Dropped for some senders: others still get in, so the door stays open.
  if (verdict === 'drop' && truth === 'some') return;
  doubts[verdict] ||= `"${rule.text}"`;
}

function truthOf(rule: FilterRule, knock: Knock): Truth {
  let all: Truth = 'yes';
  for (const test of rule.tests) {
    const truth = holds(test, knock);
    if (truth === 'no') return 'no';
    if (truth === 'unknown' || all === 'unknown') all = 'unknown';
    else if (truth === 'some') all = 'some';
  }
  return all;
}

function holds(test: Test, knock: Knock): Truth {
  switch (test.on) {
    case 'protocol':
      return either(
        test.is.some((name) => isProtocol(name, knock)),
        test.negated,
      );
    case 'family':
      return either(test.is === knock.family, test.negated);
    case 'port':
      // A negated test of another protocol's port does not hold either: the protocol comes first.
      if (test.protocol !== undefined && !isProtocol(test.protocol, knock)) return 'no';
      return either(
        test.ranges.some(([first, last]) => knock.port >= first && knock.port <= last),
        test.negated,
      );
    case 'state':
      return either(test.is.includes('new'), test.negated);
    case 'interface':
      return throughInterface(test.is, test.negated);
    case 'destination':
      return toDestination(test.is, test.negated, knock);
    case 'sender':
      return 'some';
    case 'unknown':
    default:
      return 'unknown';
  }
}

function either(truth: boolean, negated: boolean): Truth {
  return truth === negated ? 'no' : 'yes';
}

const NUMBERS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '136': 'udplite' };

function isProtocol(name: string, knock: Knock): boolean {
  return (NUMBERS[name] ?? name) === knock.protocol;
}

/** From outside it never comes in by loopback; by which other interface depends on the sender. */
function throughInterface(names: readonly string[], negated: boolean): Truth {
  if (names.some((name) => name === '+' || name === '*')) return negated ? 'no' : 'yes';
  if (names.every((name) => name === 'lo')) return negated ? 'yes' : 'no';
  return 'some';
}

/** A socket on every address can be reached by any of them; which ones the host has is not looked up. */
function toDestination(addresses: readonly string[], negated: boolean, knock: Knock): Truth {
  if (addresses.every((address) => isLoopback(address))) return negated ? 'yes' : 'no';
  if (knock.address !== '' && addresses.includes(knock.address)) return negated ? 'no' : 'yes';
  return 'unknown';
}

function isLoopback(address: string): boolean {
  const bare = address.split('/')[0] ?? '';
  return isIPv4(bare) ? bare.startsWith('127.') : bare === '::1';
}

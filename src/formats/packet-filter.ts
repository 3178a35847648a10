/**
 * What the rules of a packet filter come to, whichever program wrote them: nft's JSON and iptables-save are both read
 * into this. Only what decides about a new connection to a local port is kept; the rest is said to be not understood.
 */

/** One condition of a rule. `unknown` is one that we cannot read: it may hold or not. */
export type Test =
  | { readonly on: 'protocol'; readonly is: readonly string[]; readonly negated: boolean }
  /** Port it goes to; "tcp dport 22" of nft asks for tcp as well. */
  | { readonly on: 'port'; readonly ranges: readonly Range[]; readonly negated: boolean; readonly protocol?: string }
  | { readonly on: 'family'; readonly is: 4 | 6; readonly negated: boolean }
  /** Interface the packet comes in by; "+" or "*" at the end stands for any rest. */
  | { readonly on: 'interface'; readonly is: readonly string[]; readonly negated: boolean }
  /** State of the connection; ours is always new. */
  | { readonly on: 'state'; readonly is: readonly string[]; readonly negated: boolean }
  /** True for some senders and false for others: source address or port, rate limits, MAC address, time of day. */
  | { readonly on: 'sender' }
  /** Where it goes to: addresses as text, "10.0.0.0/8". */
  | { readonly on: 'destination'; readonly is: readonly string[]; readonly negated: boolean }
  | { readonly on: 'unknown' };

export type Range = readonly [first: number, last: number];

export type Verdict =
  | { readonly do: 'accept' | 'drop' | 'return' | 'nothing' | 'unknown' }
  | { readonly do: 'jump' | 'goto'; readonly chain: string };

export interface FilterRule {
  /** The rule as people would write it, for quoting; at most 200 characters. */
  readonly text: string;
  readonly tests: readonly Test[];
  readonly verdict: Verdict;
}

export interface FilterChain {
  /** Unique: table and chain. */
  readonly name: string;
  /** Which packets come here: both families, or one. */
  readonly families: readonly (4 | 6)[];
  /** Set where packets on their way to us enter: those of one hook by priority, hooks in the order of the path. */
  readonly entry?: { readonly hook: 'ingress' | 'prerouting' | 'input'; readonly priority: number };
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly FilterRule[];
}

/** What could not be read at all makes every answer doubtful, and is quoted. */
export interface PacketFilter {
  readonly chains: readonly FilterChain[];
  readonly doubts: readonly string[];
}

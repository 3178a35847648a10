/** The blocks as the engine remembers them: what stands, how often a target was blocked, and whom a person allowed. */

import { BoundedMap } from '#lib/bounded-map.ts';
import { containsPrefix, type IpPrefix, isPrefix, overlaps, parsePrefix } from '#lib/ip-prefix.ts';
import type { Allowed, Block } from '#model/responder.ts';
import type { Store } from '#model/store.ts';
import type { Spared } from './answer-decision.ts';
import type { Turn } from './turn.ts';

/** A repeat within this time of the last end lasts longer; afterwards the count begins anew. */
const remembersMs = 30 * 86_400_000;
/** Targets whose repeats are remembered; the one blocked longest ago goes. */
const rememberedTargets = 50_000;
/** People allow few addresses; beyond it the oldest that ends by itself goes, else it is refused. */
const mostAllowed = 1_000;
const allowedName = 'answers.allowed';

export class BlockBook {
  readonly #standing = new Map<string, Block>();
  readonly #repeats = new BoundedMap<string, { readonly times: number; readonly endedMs: number }>(rememberedTargets);
  #allowed: readonly Allowed[];

  constructor(store: Store, nowMs: number) {
    for (const block of store.blocks('standing')) this.#standing.set(block.id, block);
    const ended = store.blocks({ endedSinceMs: nowMs - remembersMs, limit: rememberedTargets });
    for (const block of ended.toReversed()) this.#remember(block);
    this.#allowed = readAllowed(store.value(allowedName));
  }

  standing(): readonly Block[] {
    return [...this.#standing.values()];
  }

  /** Whether anything was blocked here lately: where not, the machine has nothing of ours either. */
  get everUsed(): boolean {
    return this.#standing.size > 0 || this.#repeats.size > 0;
  }

  get size(): number {
    return this.#standing.size;
  }

  get(id: string): Block | undefined {
    return this.#standing.get(id);
  }

  /** Which block of the target the next one would be: 1 the first time. */
  timesOf(target: string, nowMs: number): number {
    const before = this.#repeats.get(target);
    return before === undefined || nowMs - before.endedMs > remembersMs ? 1 : before.times + 1;
  }

  /** When the last block of the target ended; 0 when none is remembered. */
  endedMs(target: string): number {
    return this.#repeats.get(target)?.endedMs ?? 0;
  }

  /** Stores a block that stands, or what moved in it. */
  put(block: Block, turn: Turn): void {
    this.#standing.set(block.id, block);
    turn.write({ kind: 'block', block });
  }

  /** What moved in a block is remembered, and written with its end: a count that grows is no news each time. */
  note(block: Block): void {
    if (this.#standing.has(block.id)) this.#standing.set(block.id, block);
  }

  /** Ends a block. `state` is "failed" for one that never stood. */
  end(block: Block, why: { readonly words: string; readonly state: 'undone' | 'failed' }, turn: Turn): Block {
    const state = block.state === 'planned' ? 'planned' : why.state;
    const ended: Block = { ...block, state, endedMs: turn.nowMs, endedWhy: why.words };
    this.#standing.delete(block.id);
    if (state !== 'failed') this.#remember(ended);
    turn.write({ kind: 'block', block: ended });
    return ended;
  }

  /** Ends a block that gives way to another one: that is no repeat. */
  replace(block: Block, turn: Turn): void {
    this.#standing.delete(block.id);
    const state = block.state === 'planned' ? 'planned' : 'undone';
    const endedWhy = 'another block takes its place';
    turn.write({ kind: 'block', block: { ...block, state, endedMs: turn.nowMs, endedWhy } });
  }

  /** Those that a person means by an address or network: in it, or around it. */
  meant(prefix: IpPrefix): readonly Block[] {
    return this.standing().filter(({ target }) => {
      const own = parsePrefix(target);
      return isPrefix(own) && overlaps(own, prefix);
    });
  }

  /** In force. */
  allowed(nowMs: number): readonly Allowed[] {
    return this.#allowed.filter(({ untilMs }) => untilMs === 0 || untilMs > nowMs);
  }

  /** The allowed addresses as those who decide read them. */
  spared(nowMs: number): readonly Spared[] {
    return this.allowed(nowMs).flatMap(({ prefix, by, reason }) => {
      const read = parsePrefix(prefix);
      return isPrefix(read) ? [{ prefix: read, why: `allowed by ${by}: ${reason}` }] : [];
    });
  }

  /** Allows an address; one that was allowed before gets the new end. False when there are too many. */
  allow(allowed: Allowed, turn: Turn): boolean {
    const others = this.allowed(turn.nowMs).filter(({ prefix }) => prefix !== allowed.prefix);
    if (others.length >= mostAllowed) return false;
    this.#saveAllowed([...others, allowed], turn);
    return true;
  }

  /** Ends what was allowed within the prefix. */
  disallow(prefix: IpPrefix, turn: Turn): readonly Allowed[] {
    const inside = ({ prefix: text }: Allowed): boolean => {
      const own = parsePrefix(text);
      return isPrefix(own) && containsPrefix(prefix, own);
    };
    const ended = this.allowed(turn.nowMs).filter(inside);
    if (ended.length > 0)
      this.#saveAllowed(
        this.allowed(turn.nowMs).filter((allowed) => !inside(allowed)),
        turn,
      );
    return ended;
  }

  #saveAllowed(allowed: readonly Allowed[], turn: Turn): void {
    this.#allowed = allowed;
    turn.write({ kind: 'value', name: allowedName, value: allowed.length === 0 ? '' : JSON.stringify(allowed) });
  }

  #remember({ target, times, endedMs }: Block): void {
    this.#repeats.set(target, { times, endedMs });
  }
}

/** Written by us; a value that somebody damaged allows nobody. */
function readAllowed(text: string | undefined): readonly Allowed[] {
  if (text === undefined) return [];
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? (list as Allowed[]) : [];
  } catch {
    return [];
  }
}

/** Narrower and equal blocks that a wider one takes the place of, and one that covers it already. */
export function standingAround(
  standing: readonly Block[],
  prefix: IpPrefix,
): { readonly within: Block | undefined; readonly inside: readonly Block[] } {
  let within: Block | undefined;
  const inside: Block[] = [];
  for (const block of standing) {
    const own = parsePrefix(block.target);
    if (!isPrefix(own) || !overlaps(own, prefix)) continue;
    if (own.bits < prefix.bits) within = block;
    else inside.push(block);
  }
  return { within, inside };
}

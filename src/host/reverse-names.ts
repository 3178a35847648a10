/**
 * Reverse names of addresses, asked of the host's own name servers. An attacker may run the server that answers, and
 * learns from the question that somebody looked: so each address is asked for once a day at most, and few of them.
 */

import type { Resolver } from 'node:dns/promises';
import { AgingMap } from '#lib/aging-map.ts';
import { tokenBucket } from '#lib/token-bucket.ts';
import type { Clock } from '#model/host.ts';

/** Asks for the names of one address; rejects as Node's own does. */
export type AskNames = (address: string) => Promise<readonly string[]>;

/** Addresses whose answer is remembered, good or bad; the oldest half goes. */
const REMEMBERED = 2_048;
const FRESH_MS = 86_400_000;
/** At most so many questions in a burst, and a second. */
const BURST = 20;
const PER_SECOND = 0.5;
const IN_FLIGHT = 4;
/** So many questions without any answer from a server mean that there is none: nobody is asked for a while. */
const DEAF_AFTER = 3;
const DEAF_MS = 10 * 60_000;
const TRY_MS = 1_500;

/** What a server says when it knows no name: an answer as well. */
const ANSWERED = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'EREFUSED', 'EFORMERR']);

export class ReverseNames {
  readonly #clock: Clock;
  readonly #askNames: AskNames;
  readonly #known = new AgingMap<string, { readonly name: string; readonly askedMs: number }>(REMEMBERED);
  readonly #budget = tokenBucket(BURST, PER_SECOND);
  #flying = 0;
  #named = 0;
  #unanswered = 0;
  #deafUntilMs = -Infinity;

  constructor(clock: Clock, askNames: AskNames = askServers()) {
    this.#clock = clock;
    this.#askNames = askNames;
  }

  /** Names that came so far. */
  get named(): number {
    return this.#named;
  }

  /** "" while it is not known. */
  name(address: string): string {
    return this.#known.get(address)?.name ?? '';
  }

  /** Asks when nothing younger than a day is known; what is beyond the bounds is not asked for, now. */
  ask(address: string): void {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(address);
    if (known !== undefined && nowMs - known.askedMs < FRESH_MS) return;
    if (nowMs < this.#deafUntilMs || this.#flying >= IN_FLIGHT || !this.#budget.take(nowMs)) return;
    this.#known.set(address, { name: known?.name ?? '', askedMs: nowMs });
    this.#flying += 1;
    void this.#fly(address, nowMs);
  }

  async #fly(address: string, askedMs: number): Promise<void> {
    try {
      const names = await this.#askNames(address);
      this.#unanswered = 0;
      const name = plainName(names[0]);
      this.#known.set(address, { name, askedMs });
      if (name !== '') this.#named += 1;
    } catch (error) {
      this.#failed(address, error);
    } finally {
      this.#flying -= 1;
    }
  }

  #failed(address: string, error: unknown): void {
    if (ANSWERED.has(error instanceof Error && 'code' in error ? String(error.code) : '')) {
      this.#unanswered = 0;
      return;
    }
    // No answer: the address may be asked for again when there is a server.
    this.#known.delete(address);
    this.#unanswered += 1;
    if (this.#unanswered < DEAF_AFTER) return;
    this.#unanswered = 0;
    this.#deafUntilMs = this.#clock.monotonicMs() + DEAF_MS;
  }
}

/** A claim of whoever runs the network: only what a host name may hold (RFC 1123, and "_"), else nothing. */
function plainName(name = ''): string {
  const plain = name.replace(/\.$/, '');
  return /^[A-Za-z0-9_.-]{1,253}$/.test(plain) ? plain.toLowerCase() : '';
}

/** c-ares asks over sockets of its own: no thread of the pool waits. resolv.conf is read anew now and then. */
function askServers(): AskNames {
  let resolver: { readonly made: Resolver; readonly atMs: number } | undefined;
  return async (address) => {
    if (resolver === undefined || performance.now() - resolver.atMs > DEAF_MS) {
      const { Resolver } = await import('node:dns/promises');
      resolver = { made: new Resolver({ timeout: TRY_MS, tries: 2, maxTimeout: TRY_MS }), atMs: performance.now() };
    }
    return await resolver.made.reverse(address);
  };
}

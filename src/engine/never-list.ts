/** The never-block list as it was read last: reading it asks the kernel and name servers, so it is not read for each packet. */

import { containsPrefix, type IpPrefix, isPrefix, overlaps, parsePrefix } from '#lib/ip-prefix.ts';
import type { Clock } from '#model/host.ts';
import type { NeverBlock } from '#model/responder.ts';
import type { Spared } from './answer-decision.ts';

/** A list as old as this still decides about alerts; by hand it is read anew. */
const freshMs = 30_000;

export class NeverList {
  readonly #read: (signal: AbortSignal) => Promise<readonly NeverBlock[]>;
  readonly #clock: Clock;
  #entries: readonly NeverBlock[] = [];
  #spared: readonly Spared[] = [];
  #readMs = -Infinity;
  #failure = '';

  constructor(read: (signal: AbortSignal) => Promise<readonly NeverBlock[]>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Why it could not be read the last time; "" when it could. While it cannot, no alert is answered. */
  get failure(): string {
    return this.#failure;
  }

  get entries(): readonly NeverBlock[] {
    return this.#entries;
  }

  get spared(): readonly Spared[] {
    return this.#spared;
  }

  get prefixes(): readonly IpPrefix[] {
    return this.#spared.map(({ prefix }) => prefix);
  }

  /** Reads it again when it is old (or `now`); true when other addresses are on it than before. */
  async refresh(signal: AbortSignal, now = false): Promise<boolean> {
    const nowMs = this.#clock.monotonicMs();
    if (!now && nowMs - this.#readMs < freshMs) return false;
    const entries = await this.#tryRead(signal);
    if (entries === undefined) return false;
    this.#readMs = this.#clock.monotonicMs();
    const before = this.#entries.map(({ prefix }) => prefix).join(' ');
    this.#entries = entries;
    this.#spared = entries.flatMap(({ prefix, why }) => {
      const read = parsePrefix(prefix);
      return isPrefix(read) ? [{ prefix: read, why }] : [];
    });
    return entries.map(({ prefix }) => prefix).join(' ') !== before;
  }

  /** An error of ours in reading it must not end the watch, nor leave a gateway unspared: the old list holds. */
  async #tryRead(signal: AbortSignal): Promise<readonly NeverBlock[] | undefined> {
    try {
      const entries = await this.#read(signal);
      this.#failure = '';
      return entries;
    } catch (error) {
      this.#failure = error instanceof Error ? error.message : String(error);
      return undefined;
    }
  }

  /** The entry that a block of this prefix would hit; a hard one before others. */
  hitBy(prefix: IpPrefix): NeverBlock | undefined {
    const hits = this.#entries.filter((entry) => {
      const own = parsePrefix(entry.prefix);
      return isPrefix(own) && (overlaps(own, prefix) || containsPrefix(prefix, own));
    });
    return hits.find(({ hard }) => hard) ?? hits[0];
  }
}

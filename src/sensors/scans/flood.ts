/**
 * Probes by the ten thousand from hundreds of addresses are no scans but a flood with forged senders: it is told once,
 * and no forged sender is accused.
 */

const BUCKET_MS = 250;
/** In one bucket: so many refused probes from so many sources, at so many ports. */
const PROBES = 600;
const SOURCES = 80;
const PORTS = 16;
/** At one port only, a crowd of clients knocks at a service that is down; no crowd knocks this often. */
const PROBES_AT_ONE_PORT = 2500;
/** Calm for this long ends it. */
const CALM_MS = 500;
/** It goes on while so many more senders come in one slot: one scanner at its end must not seem to be part of it. */
const SLOT_MS = 20;
const SLOT_SOURCES = 4;
/** A bucket begins anew: until it is one of a flood again, this much time goes by. */
const HOT_MS = 40;

export interface FloodTotals {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly probes: number;
  /** Sources seen in the buckets, added up: forged ones rarely come twice. */
  readonly sources: number;
  /** Probes in the heaviest second. */
  readonly perSecond: number;
}

export class FloodWatch {
  /** Number of the bucket now: a source compares it with the one it was last seen in. */
  bucket = 0;
  #probes = 0;
  #sources = 0;
  #slot = 0;
  #slotSources = 0;
  readonly #ports = new Set<number>();
  #totals: { firstMs: number; lastMs: number; probes: number; sources: number; perSecond: number } | undefined;

  /** A probe was refused; `fresh`: its source was not seen in this bucket before. */
  count(timeMs: number, fresh: boolean, place: number): void {
    const bucket = Math.floor(timeMs / BUCKET_MS);
    if (bucket > this.bucket) this.#turn(bucket);
    this.#probes += 1;
    if (fresh) this.#sources += 1;
    if (this.#ports.size < PORTS) this.#ports.add(place);
    const slot = Math.floor(timeMs / SLOT_MS);
    if (slot !== this.#slot) this.#slotSources = 0;
    this.#slot = slot;
    if (fresh) this.#slotSources += 1;
    // Told as soon as it is clear, not only when the bucket is full of it.
    if (this.#slotSources >= SLOT_SOURCES && this.#isFlood()) this.#grow(timeMs);
  }

  /** True while it goes on and a moment longer. */
  on(nowMs: number): boolean {
    return this.#totals !== undefined && nowMs - this.#totals.lastMs < CALM_MS;
  }

  /** True in the middle of it. */
  hot(timeMs: number): boolean {
    return this.#totals !== undefined && timeMs - this.#totals.lastMs < HOT_MS;
  }

  /** When its last bucket was; 0 before the first flood. Only senders seen until then are doubtful. */
  get lastMs(): number {
    return this.#totals?.lastMs ?? 0;
  }

  /** The flood that is going on or over; undefined when there was none since `reset`. */
  totals(): FloodTotals | undefined {
    return this.#totals;
  }

  reset(): void {
    this.#totals = undefined;
  }

  #isFlood(): boolean {
    if (this.#probes < PROBES || this.#sources < SOURCES) return false;
    return this.#ports.size >= PORTS || this.#probes >= PROBES_AT_ONE_PORT;
  }

  #grow(timeMs: number): void {
    this.#totals ??= { firstMs: timeMs, lastMs: timeMs, probes: 0, sources: 0, perSecond: 0 };
    this.#totals.lastMs = timeMs;
  }

  #turn(bucket: number): void {
    if (this.#isFlood() && this.#totals !== undefined) {
      this.#totals.probes += this.#probes;
      this.#totals.sources += this.#sources;
      this.#totals.perSecond = Math.max(this.#totals.perSecond, this.#probes * (1000 / BUCKET_MS));
    }
    this.bucket = bucket;
    this.#probes = 0;
    this.#sources = 0;
    this.#ports.clear();
  }
}

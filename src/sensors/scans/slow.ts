/**
 * What sources tried over days: for each the closed places, kept over restarts. A scan of one port an hour stays below
 * every window of minutes. Bounded: of a full book those with the fewest places go, the oldest first.
 */

import type { SourceKey } from './address.ts';
import type { PlaceKey } from './places.ts';
import { portWeight } from './weight.ts';

/** Sources in the book. */
const MAX_SOURCES = 20_000;
/** When it is full, this many of the poorest go at once. */
const SHED = 4_000;
const MAX_PLACES = 24;
/** What is older is forgotten. */
const KEEP_MS = 21 * 86_400_000;
/** Different places, and the time over which they came: in less it is told as what it is. */
const LEAST_PLACES = 5;
const LEAST_SPAN_MS = 10 * 60_000;

export interface SlowSource {
  readonly places: PlaceKey[];
  readonly firstMs: number;
  lastMs: number;
  probes: number;
}

/** [key, first, last, probes, ...places] */
type Stored = readonly [SourceKey, number, number, number, ...number[]];

export class SlowBook {
  readonly #sources = new Map<SourceKey, SlowSource>();
  readonly #sum: number;
  /** Changed since it was written. */
  dirty = false;

  /** `sum` of weights makes a scan. */
  constructor(sum: number) {
    this.#sum = sum;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** Notes a closed place; the source when it has tried so much, over so long, that it is a scan. */
  add(key: SourceKey, place: PlaceKey, nowMs: number): SlowSource | undefined {
    const known = this.#sources.get(key);
    const source: SlowSource = known ?? { places: [], firstMs: nowMs, lastMs: nowMs, probes: 0 };
    if (known === undefined) {
      if (this.#sources.size >= MAX_SOURCES) this.#shed();
      this.#sources.set(key, source);
    }
    source.lastMs = nowMs;
    source.probes += 1;
    if (source.places.length < MAX_PLACES && !source.places.includes(place)) source.places.push(place);
    this.dirty = true;
    let sum = 0;
    for (const at of source.places) sum += portWeight(at & 0xffff);
    const long = nowMs - source.firstMs >= LEAST_SPAN_MS;
    return long && source.places.length >= LEAST_PLACES && sum >= this.#sum ? source : undefined;
  }

  /** It was told: it begins anew. */
  forget(key: SourceKey): void {
    if (this.#sources.delete(key)) this.dirty = true;
  }

  /** As text for the state directory. */
  text(nowMs: number): string {
    const stored: Stored[] = [];
    for (const [key, { places, firstMs, lastMs, probes }] of this.#sources) {
      if (nowMs - lastMs < KEEP_MS) stored.push([key, firstMs, lastMs, probes, ...places]);
    }
    return JSON.stringify(stored);
  }

  /** Takes back what `text` gave; what makes no sense is left out. */
  load(text: string, nowMs: number): void {
    for (const entry of parse(text)) {
      if (this.#sources.size >= MAX_SOURCES) return;
      const [key, firstMs, lastMs, probes, ...places] = entry;
      if (nowMs - lastMs >= KEEP_MS || lastMs > nowMs + 60_000) continue;
      this.#sources.set(key, { places: places.slice(0, MAX_PLACES), firstMs, lastMs, probes });
    }
  }

  /** Those with the fewest places first, of these the ones that came first. */
  #shed(): void {
    for (let most = 1; most <= MAX_PLACES; most += 1) {
      for (const [key, { places }] of this.#sources) {
        if (this.#sources.size <= MAX_SOURCES - SHED) return;
        if (places.length <= most) this.#sources.delete(key);
      }
    }
  }
}

function parse(text: string): Stored[] {
  if (text === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isStored) : [];
  } catch {
    // Half written by a machine that lost its power: what was in it comes again.
    return [];
  }
}

function isStored(value: unknown): value is Stored {
  if (!Array.isArray(value) || value.length < 5) return false;
  const [key, ...numbers] = value as unknown[];
  const rightKey = typeof key === 'number' ? key >= 0 && key < 2 ** 32 : /^[0-9a-f]{16}$/.test(String(key));
  return rightKey && numbers.every((number) => Number.isSafeInteger(number) && Number(number) >= 0);
}

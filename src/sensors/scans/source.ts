/** One address (or /64) that tried more than one thing here, with all that is kept of it; bounded. */

import { addressesOf, endsOf, type SourceKey } from './address.ts';
import { MARK, type PlaceKey, Places } from './places.ts';
import { type Technique, techniques } from './technique.ts';
import { Track } from './track.ts';

/** Addresses of a /64, and addresses of ours, that are kept by name. */
const MAX_ADDRESSES = 32;
/** Different pairs of place and target: a sweep over our addresses. */
const MAX_PAIRS = 256;
const MAX_LINKS = 32;
/** So long between two probes is no haste. */
const SLOW_MS = 8_000;

/** One probe as the book saw it. */
export interface Probe {
  readonly technique: Technique;
  readonly place: PlaceKey;
  readonly bits: number;
  readonly timeMs: number;
  readonly ttl: number;
  /** The packet from its IP header on, as latin1: half the memory of bytes, and equal when it is equal. */
  readonly head: string;
  /** It is our answer that was seen, so that sender and target are exchanged. */
  readonly answer: boolean;
  /** What became of it, as marks of a place: kept here while it is the only one of its source. */
  outcome: number;
  /** Bucket of the flood watch in which it was refused. */
  bucket: number;
}

export class Source {
  readonly key: SourceKey;
  readonly firstMs: number;
  lastMs: number;
  probes = 0;
  /** Probes that came long after the one before. */
  farApart = 0;
  readonly places = new Places();
  /** Different places by technique. */
  readonly byTechnique = new Uint32Array(techniques.length);
  readonly #seen = new Map<number, number>();
  readonly addresses = new Set<string>();
  readonly targets = new Set<string>();
  readonly pairs = new Set<string>();
  /** Sources that sent the same packet in the same moment. */
  readonly links = new Set<SourceKey>();
  osMarks = 0;
  wrongSums = 0;
  fragments = 0;
  /** IP option (or extension header) seen last, 0 for none. */
  ipOption = 0;
  ipOptions = 0;
  /** Connections by the operating system's own connect() to ports that were open. */
  connects = 0;
  /** When we first said that a port is open; 0: never. */
  openedMs = 0;
  /** Times that it broke off before a connection was made. */
  halfOpen = 0;
  /** It answered our SYN+ACK: something lives at this address. */
  alive = false;
  /** It completed a handshake: the address is not forged. */
  confirmed = false;
  ttlLeast = 255;
  ttlMost = 0;
  firstHead = '';
  lastHead = '';
  /** Crossed the threshold at this time (0: not yet); told a moment later, when it is known better. */
  crossedMs = 0;
  /** Part of a scan that was told. */
  told: object | undefined;
  /** Bucket of the flood watch in which it was seen last. */
  bucket = 0;
  /** For the picture. */
  readonly track = new Track();
  #ends = '';
  #target = '';

  constructor(key: SourceKey, firstMs: number) {
    this.key = key;
    this.firstMs = firstMs;
    this.lastMs = firstMs;
  }

  /** True when the place is new. */
  note(probe: Probe): boolean {
    if (this.probes > 0 && probe.timeMs - this.lastMs >= SLOW_MS) this.farApart += 1;
    this.lastMs = Math.max(this.lastMs, probe.timeMs);
    this.probes += 1;
    this.#reached(probe);
    const fresh = this.places.probe(probe.place, probe.bits, probe.timeMs);
    this.#count(probe, fresh);
    this.ttlLeast = Math.min(this.ttlLeast, probe.ttl);
    this.ttlMost = Math.max(this.ttlMost, probe.ttl);
    if (this.firstHead === '') this.firstHead = probe.head;
    this.lastHead = probe.head;
    this.track.note(probe.place, probe.timeMs);
    return fresh;
  }

  /** It ended what we had accepted: only before a handshake it proves nothing but that somebody lives there. */
  reacted(mark: number): void {
    this.alive = true;
    if ((mark & MARK.half) !== 0) this.halfOpen += 1;
    else this.confirmed = true;
  }

  link(other: SourceKey): void {
    if (this.links.size < MAX_LINKS) this.links.add(other);
  }

  /** Technique by which most places were tried; the first in order of the list where two are equal. */
  mainTechnique(): Technique {
    let best = 0;
    for (let index = 1; index < techniques.length; index += 1) {
      if ((this.byTechnique[index] ?? 0) > (this.byTechnique[best] ?? 0)) best = index;
    }
    return techniques[best] ?? 'syn';
  }

  countOf(technique: Technique): number {
    return this.byTechnique[techniques.indexOf(technique)] ?? 0;
  }

  /** A place may be tried in several ways, and counts once for each. */
  #count({ technique, place }: Probe, fresh: boolean): void {
    const index = techniques.indexOf(technique);
    if (!this.places.exact.has(place)) {
      if (fresh) this.byTechnique[index] = (this.byTechnique[index] ?? 0) + 1;
      return;
    }
    const before = this.#seen.get(place) ?? 0;
    if ((before & (1 << index)) !== 0) return;
    this.#seen.set(place, before | (1 << index));
    this.byTechnique[index] = (this.byTechnique[index] ?? 0) + 1;
  }

  /** Texts are made only when an address is another than that of the packet before. */
  #reached({ head, answer, place }: Probe): void {
    const ends = endsOf(head);
    if (ends !== this.#ends) {
      this.#ends = ends;
      const { from, to } = addressesOf(head);
      const address = answer ? to : from;
      this.#target = answer ? from : to;
      if (this.addresses.size < MAX_ADDRESSES) this.addresses.add(address);
      if (this.targets.size < MAX_ADDRESSES) this.targets.add(this.#target);
    }
    if (this.targets.size < 2) return;
    // What was tried at the first address, before there was a second.
    const [first = ''] = this.targets;
    if (this.pairs.size === 0) for (const known of this.places.exact.keys()) this.pairs.add(`${known} ${first}`);
    if (this.pairs.size < MAX_PAIRS) this.pairs.add(`${place} ${this.#target}`);
  }
}

/** The same question to the same address again. */
export function isRepeat(before: Probe, now: Probe): boolean {
  return before.place === now.place && before.technique === now.technique && endsOf(before.head) === endsOf(now.head);
}

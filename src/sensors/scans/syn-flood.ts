/**
 * A flood of SYNs at ports that are open: nothing is refused, so that it is no scan and no flood of probes, but it fills
 * the queue of half-open connections. A crowd of clients looks the same but for one thing: they complete their handshakes.
 * The kernel counts those, and is asked as soon as SYNs come by the hundred.
 */

import type { Handshakes } from '#model/packets.ts';
import type { SourceKey } from './address.ts';
import type { PlaceKey } from './places.ts';

/** Name of the scan that is such a flood. */
export const SYNS = 'syns';

const BUCKET_MS = 250;
/** SYNs in one bucket at one port: a thousand a second. */
const MANY = 250;
/** Between two counts of completed handshakes; a slow client needs a moment. */
const COUNT_MS = 500;
/** It is a flood when fewer than one in so many is completed. */
const ONE_IN = 5;
/** Ports that are counted in one bucket, and told; more are left out. */
const MAX_PLACES = 64;
const MAX_TOLD = 8;
/** Bits by which different senders are counted (linear counting, Whang 1990): good to a per cent for 50,000. */
const SENDER_BITS = 1 << 16;

/** A flood that goes on or is over. */
export interface SynFlood {
  readonly firstMs: number;
  lastMs: number;
  syns: number;
  /** Handshakes that were completed meanwhile, in the whole namespace. */
  completed: number;
  /** SYN cookies that the kernel sent: its queue is full and it helps itself. */
  cookies: number;
  /** In the heaviest second. */
  perSecond: number;
  readonly places: Set<PlaceKey>;
  readonly senders: Senders;
}

/** About how many different ones there were, in 8 KiB. */
export class Senders {
  readonly #bits = new Uint8Array(SENDER_BITS / 8);
  #set = 0;
  first: SourceKey = 0;

  add(key: SourceKey): void {
    if (this.#set === 0) this.first = key;
    const bit = hashOf(key) % SENDER_BITS;
    const mask = 1 << (bit & 7);
    const at = bit >> 3;
    if (((this.#bits[at] ?? 0) & mask) !== 0) return;
    this.#bits[at] = (this.#bits[at] ?? 0) | mask;
    this.#set += 1;
  }

  get count(): number {
    const free = Math.max(1, SENDER_BITS - this.#set);
    return Math.round(SENDER_BITS * Math.log(SENDER_BITS / free));
  }
}

function hashOf(key: SourceKey): number {
  if (typeof key === 'number') return (Math.imul(key ^ (key >>> 15), 0x2c1b3c6d) ^ (key >>> 13)) >>> 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

interface Counted {
  syns: number;
  /** We answered SYN+ACK: something listens. */
  answered: boolean;
}

export class SynFloodWatch {
  #bucket = 0;
  readonly #places = new Map<PlaceKey, Counted>();
  /** Ports with many SYNs in this bucket or the last one, answered. */
  #busy = new Set<PlaceKey>();
  /** What came since the kernel was asked last. */
  #since: { readonly atMs: number; readonly at: Handshakes; syns: number; readonly senders: Senders } | undefined;
  #flood: SynFlood | undefined;

  /**
   * A SYN came for this port. True when it is one of very many: then an unknown sender is not worth remembering, for who
   * comes to an open port is no scanner.
   */
  syn(key: SourceKey, place: PlaceKey, timeMs: number): boolean {
    const bucket = Math.floor(timeMs / BUCKET_MS);
    if (bucket > this.#bucket) this.#turn(bucket);
    const counted = this.#places.get(place);
    if (counted === undefined) {
      if (this.#places.size < MAX_PLACES) this.#places.set(place, { syns: 1, answered: false });
      return false;
    }
    counted.syns += 1;
    const many = counted.syns >= MANY && counted.answered;
    if (many) this.#busy.add(place);
    if (!this.#busy.has(place)) return false;
    this.#count(key, place, timeMs);
    return true;
  }

  /** We said that this port is open. */
  answered(place: PlaceKey): void {
    const counted = this.#places.get(place);
    if (counted !== undefined) counted.answered = true;
  }

  /** So many SYNs come for this port that what becomes of each is not followed. */
  crowded(place: PlaceKey): boolean {
    return this.#busy.has(place);
  }

  /** SYNs come by the hundred, or a flood goes on: the kernel's counts are wanted. */
  wants(nowMs: number): boolean {
    if (this.#busy.size === 0) return false;
    return this.#since === undefined || nowMs - this.#since.atMs >= COUNT_MS;
  }

  /** What the kernel counted until now. */
  counted(at: Handshakes, nowMs: number): void {
    const before = this.#since;
    this.#since = { atMs: nowMs, at, syns: 0, senders: this.#flood?.senders ?? new Senders() };
    if (before === undefined || nowMs - before.atMs > 4 * COUNT_MS) return;
    const completed = Math.max(0, at.completed - before.at.completed);
    if (before.syns < MANY || completed * ONE_IN >= before.syns) return;
    const { senders } = before;
    this.#flood ??= {
      firstMs: before.atMs,
      lastMs: nowMs,
      syns: 0,
      completed: 0,
      cookies: 0,
      perSecond: 0,
      places: new Set(),
      senders,
    };
    const flood = this.#flood;
    flood.lastMs = nowMs;
    flood.syns += before.syns;
    flood.completed += completed;
    flood.cookies += Math.max(0, at.cookies - before.at.cookies);
    flood.perSecond = Math.max(flood.perSecond, Math.round((before.syns * 1000) / (nowMs - before.atMs)));
    for (const place of this.#busy) if (flood.places.size < MAX_TOLD) flood.places.add(place);
  }

  /** The flood that goes on or is over; undefined when there was none since `reset`. */
  get flood(): SynFlood | undefined {
    return this.#flood;
  }

  /** SYNs come by the hundred: something may have to be asked soon. */
  get busy(): boolean {
    return this.#busy.size > 0;
  }

  /** Time goes on, also when no more SYNs come. */
  settle(nowMs: number): void {
    if (this.#busy.size > 0 && Math.floor(nowMs / BUCKET_MS) > this.#bucket + 2)
      this.#turn(Math.floor(nowMs / BUCKET_MS));
  }

  reset(): void {
    this.#flood = undefined;
    this.#since = undefined;
  }

  #count(key: SourceKey, place: PlaceKey, timeMs: number): void {
    if (this.#since === undefined) return;
    this.#since.syns += 1;
    this.#since.senders.add(key);
    const flood = this.#flood;
    if (flood?.places.has(place) === true && timeMs > flood.lastMs) flood.lastMs = timeMs;
  }

  #turn(bucket: number): void {
    // A busy port stays busy for one more bucket: at its beginning nothing is counted yet.
    const recent = bucket === this.#bucket + 1;
    this.#busy = new Set();
    for (const [place, { syns, answered }] of this.#places)
      if (recent && answered && syns >= MANY) this.#busy.add(place);
    if (this.#busy.size === 0) this.#since = undefined;
    this.#bucket = bucket;
    const busy = this.#busy;
    this.#places.clear();
    for (const place of busy) this.#places.set(place, { syns: 0, answered: true });
  }
}

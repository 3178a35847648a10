/** Closed places that say nothing by themselves, collected over many sources and many days. */

import { networkOf, type SourceKey } from './address.ts';
import { type Group, Groups, isScan } from './groups.ts';
import type { PlaceKey } from './places.ts';
import { SlowBook } from './slow.ts';
import type { Source } from './source.ts';
import { LEAST_PLACES } from './weight.ts';

/** A group is told this long after it became one: by then it shows whether it is a flood. */
const TELL_MS = 260;
/** Longer lists are scans by themselves. */
const LONGEST_LIST = 8;
/** Groups that wait to be told. */
const MAX_RIPE = 64;

/** What has become a scan since it was asked last. */
export interface Ripe {
  readonly groups: Iterable<Group>;
  readonly slow: Iterable<readonly [SourceKey, readonly PlaceKey[]]>;
}

export class Collected {
  readonly slow: SlowBook;
  readonly #neighbours = new Groups({ sources: 4, sum: 8, placesPerSource: 1 });
  readonly #lists = new Groups({ sources: 5, sum: 3, placesPerSource: 0 });
  readonly #groups = new Map<SourceKey, { readonly group: Group; readonly atMs: number }>();
  #ripeSlow = new Map<SourceKey, readonly PlaceKey[]>();

  constructor(slowSum: number) {
    this.slow = new SlowBook(slowSum);
  }

  /** `source` where more than one place of it is known. */
  add(key: SourceKey, place: PlaceKey, source: Source | undefined, nowMs: number): void {
    this.#keep(this.#neighbours.add(networkOf(key), key, place, nowMs), nowMs);
    if (source !== undefined) this.#keep(this.#listed(source, nowMs), nowMs);
    const slow = this.slow.add(key, place, nowMs);
    if (slow !== undefined) this.#ripeSlow.set(key, slow.places);
  }

  /** Something will be ripe soon. */
  get busy(): boolean {
    return this.#groups.size > 0 || this.#ripeSlow.size > 0;
  }

  /** Each is given once. */
  ripe(nowMs: number): Ripe {
    const groups: Group[] = [];
    for (const [name, { group, atMs }] of this.#groups) {
      if (nowMs - atMs < TELL_MS) continue;
      this.#groups.delete(name);
      if (isScan(group)) groups.push(group);
    }
    const slow = this.#ripeSlow.entries();
    this.#ripeSlow = new Map();
    return { groups, slow };
  }

  /** It is told by itself. */
  leave(source: Source): void {
    this.#neighbours.leave(networkOf(source.key), source.key);
    this.slow.forget(source.key);
  }

  /** Forgets the groups, not the days. */
  clear(): void {
    this.#neighbours.clear();
    this.#lists.clear();
    this.#groups.clear();
    this.#ripeSlow = new Map();
  }

  #keep(group: Group | undefined, atMs: number): void {
    if (group === undefined || group.told !== undefined || this.#groups.has(group.name)) return;
    if (this.#groups.size < MAX_RIPE) this.#groups.set(group.name, { group, atMs });
  }

  /** Sources that have tried the very same list of places. */
  #listed(source: Source, nowMs: number): Group | undefined {
    const { tried, exact } = source.places;
    if (tried < LEAST_PLACES || tried > LONGEST_LIST) return undefined;
    const list = [...exact.keys()].sort((a, b) => a - b);
    let group: Group | undefined;
    for (const at of list) group = this.#lists.add(`list ${list.join(' ')}`, source.key, at, nowMs);
    return group;
  }
}

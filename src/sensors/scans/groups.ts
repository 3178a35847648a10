/**
 * Scans that many sources share, each of them too small to be told: the neighbours of one /24 (or /48), senders of the
 * very same unusual header, and those who go through the same list of ports. Bounded; the group that moved longest ago
 * goes first.
 */

import { AgingMap } from '#lib/aging-map.ts';
import type { SourceKey } from './address.ts';
import type { PlaceKey } from './places.ts';
import { portWeight } from './weight.ts';

/** When a group is one scan. */
export interface GroupLimits {
  readonly sources: number;
  readonly sum: number;
  /** Different ports for each source that takes part: a crowd at one closed door is no scan. */
  readonly placesPerSource: number;
}

/** A group that crossed its limits. */
export interface Group {
  readonly name: SourceKey;
  readonly sources: ReadonlyMap<SourceKey, number>;
  readonly places: ReadonlySet<PlaceKey>;
  readonly limits: GroupLimits;
  /** Weights of the places. */
  sum: number;
  readonly firstMs: number;
  lastMs: number;
  told: object | undefined;
}

interface Growing extends Group {
  readonly sources: Map<SourceKey, number>;
  readonly places: Set<PlaceKey>;
}

/** Whether it is one scan: a crowd that came in between makes it none. */
export function isScan({ limits, sources, sum, places }: Group): boolean {
  const enough = sources.size >= limits.sources && sum >= limits.sum;
  return enough && places.size >= sources.size * limits.placesPerSource;
}

const MAX_GROUPS = 2048;
const MAX_SOURCES = 128;
const MAX_PLACES = 512;
const PLACES_OF_ONE = 8;
/** A group in which nothing happened for this long begins anew. */
const IDLE_MS = 5 * 60_000;

export class Groups {
  readonly #groups = new AgingMap<SourceKey, Growing>(MAX_GROUPS);
  readonly #limits: GroupLimits;

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  /** A source of this group tried a closed place; the group when it is (or has become) one scan. */
  add(name: SourceKey, source: SourceKey, place: PlaceKey, nowMs: number): Group | undefined {
    const group = this.#groupOf(name, nowMs);
    group.lastMs = nowMs;
    const count = (group.sources.get(source) ?? 0) + 1;
    if (group.sources.size < MAX_SOURCES || count > 1) group.sources.set(source, count);
    // One that tries much is a scan by itself, and must not make its neighbours look like one.
    if (count <= PLACES_OF_ONE && !group.places.has(place) && group.places.size < MAX_PLACES) {
      group.places.add(place);
      group.sum += portWeight(place & 0xffff);
    }
    return isScan(group) ? group : undefined;
  }

  /** A source that is told by itself is not part of a group any more. */
  leave(name: SourceKey, source: SourceKey): void {
    this.#groups.get(name)?.sources.delete(source);
  }

  clear(): void {
    this.#groups.clear();
  }

  #groupOf(name: SourceKey, nowMs: number): Growing {
    const known = this.#groups.get(name);
    const group =
      known !== undefined && nowMs - known.lastMs < IDLE_MS
        ? known
        : {
            name,
            limits: this.#limits,
            sources: new Map<SourceKey, number>(),
            places: new Set<PlaceKey>(),
            sum: 0,
            firstMs: nowMs,
            lastMs: nowMs,
            told: undefined,
          };
    this.#groups.set(name, group);
    return group;
  }
}

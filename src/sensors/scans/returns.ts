/** Scanners whose scan is over, with the ports that it found open: when one comes back to use them, that is one story. */

import { AgingMap } from '#lib/aging-map.ts';
import type { SourceKey } from './address.ts';
import { type PlaceKey, placeKey } from './places.ts';
import type { Scan } from './scan.ts';

/** Remembered in memory only; of more, those whose scan ended first are forgotten. */
const MAX_PAST = 4096;
/** Who comes later than this comes for another reason. */
const KEEP_MS = 7 * 86_400_000;
/** Open ports of a scan that are remembered. */
const MAX_PORTS = 64;

export class Returns {
  readonly #past = new AgingMap<SourceKey, { readonly endedMs: number; readonly places: ReadonlySet<PlaceKey> }>(
    MAX_PAST,
  );

  /** A scan is over. Decoys and groups prove nothing about their senders. */
  ended({ form, sources }: Scan, nowMs: number): void {
    const [source] = sources;
    if (form !== 'scan' || source === undefined || source.places.open === 0) return;
    const places = source.places.ports(6, MAX_PORTS, 'open').map((port) => placeKey(6, port));
    if (places.length > 0) this.#past.set(source.key, { endedMs: nowMs, places: new Set(places) });
  }

  /** Does a former scanner come for what it found? Each is told once. */
  comesBack(key: SourceKey, place: PlaceKey, nowMs: number): boolean {
    const past = this.#past.get(key);
    if (past === undefined || !past.places.has(place)) return false;
    this.#past.delete(key);
    return nowMs - past.endedMs < KEEP_MS;
  }
}

/** The very same packet from several senders: nmap sends it from itself and from all its decoys. */

import { AgingMap } from '#lib/aging-map.ts';
import type { SourceKey } from './address.ts';
import type { Source } from './source.ts';

const MAX_PRINTS = 2048;
/** Decoys send within this time. */
const DECOY_MS = 1500;
/** Senders of one scan behind decoys. */
const MAX_DECOYS = 64;

export class Twins {
  readonly #prints = new AgingMap<number, { readonly key: SourceKey; readonly atMs: number }>(MAX_PRINTS);

  /** Who sent the packet with this print a moment before; undefined when nobody else did. */
  before(key: SourceKey, print: number, timeMs: number): SourceKey | undefined {
    const other = this.#prints.get(print);
    this.#prints.set(print, { key, atMs: timeMs });
    return other === undefined || other.key === key || timeMs - other.atMs > DECOY_MS ? undefined : other.key;
  }
}

/** The source and all that are linked to it, directly or through others, and not told yet. */
export function linkedTo(source: Source, find: (key: SourceKey) => Source | undefined): Source[] {
  const found = new Set([source]);
  for (const member of found) {
    for (const key of member.links) {
      const other = find(key);
      if (other !== undefined && other.told === undefined && found.size < MAX_DECOYS) found.add(other);
    }
  }
  return [...found];
}

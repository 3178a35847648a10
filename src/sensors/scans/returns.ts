/** Scanners whose scan is over, with the ports that it found open: when one comes back to use them, that is one story. */

import { AgingMap } from '#lib/aging-map.ts';
import { parseUint } from '#lib/parse-uint.ts';
import type { SourceKey } from './address.ts';
import { type PlaceKey, placeKey } from './places.ts';
import type { Scan } from './scan.ts';

/** Of more, those whose scan ended first are forgotten. */
const MAX_PAST = 4096;
/** Who comes later than this comes for another reason. */
const KEEP_MS = 7 * 86_400_000;
/** Open ports of a scan that are remembered. */
const MAX_PORTS = 64;

interface Past {
  readonly endedMs: number;
  readonly ports: readonly number[];
  /** Its return was told. */
  came: boolean;
}

export class Returns {
  readonly #past = new AgingMap<SourceKey, Past>(MAX_PAST);
  /** Something is not written down yet. */
  dirty = false;

  get size(): number {
    return this.#past.size;
  }

  /** A scan is over. Decoys and groups prove nothing about their senders. */
  ended({ form, sources }: Scan, nowMs: number): void {
    const [source] = sources;
    if (form !== 'scan' || source === undefined) return;
    // What an earlier scan learned is still known to it.
    const known = [...source.places.ports(6, MAX_PORTS, 'open'), ...(this.#past.get(source.key)?.ports ?? [])];
    const ports = [...new Set(known)].slice(0, MAX_PORTS);
    this.#past.set(source.key, { endedMs: Math.floor(nowMs), ports, came: false });
    this.dirty = true;
  }

  /** Does a former scanner come for what it found? Each is told once. */
  comesBack(key: SourceKey, place: PlaceKey, nowMs: number): boolean {
    const past = this.#past.get(key);
    if (past === undefined || past.came || !past.ports.some((port) => placeKey(6, port) === place)) return false;
    past.came = true;
    this.dirty = true;
    return nowMs - past.endedMs < KEEP_MS;
  }

  /** When the last scan of that source ended; undefined where none did lately. */
  endedMs(key: SourceKey, nowMs: number): number | undefined {
    const past = this.#past.get(key);
    return past === undefined || nowMs - past.endedMs >= KEEP_MS ? undefined : past.endedMs;
  }

  /** One line a scanner: key, end, whether it came back, ports. */
  text(nowMs: number): string {
    return [...this.#past.entries()]
      .filter(([, { endedMs }]) => nowMs - endedMs < KEEP_MS)
      .map(([key, { endedMs, came, ports }]) => `${key} ${endedMs} ${came ? 1 : 0} ${ports.join(',')}\n`)
      .join('');
  }

  /** Takes over what was written; damaged lines are left out. */
  load(text: string, nowMs: number): void {
    for (const line of text.split('\n', MAX_PAST)) {
      const [, name = '', ended = '', came, list = ''] =
        /^(\d{1,10}|[0-9a-f]{16}) (\d{1,15}) ([01]) ([\d,]*)$/.exec(line) ?? [];
      const endedMs = parseUint(ended, nowMs);
      if (endedMs === undefined || nowMs - endedMs >= KEEP_MS) continue;
      const ports = list.split(',').flatMap((port) => parseUint(port, 65_535) ?? []);
      const key = name.length === 16 ? name : Number(name);
      this.#past.set(key, { endedMs, ports: ports.slice(0, MAX_PORTS), came: came === '1' });
    }
  }
}

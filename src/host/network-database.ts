/** Offline databases on addresses, in MaxMind's format (https://maxmind.github.io/MaxMind-DB/); the administrator's own. */

import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { Reader, type Response } from 'mmdb-lib';
import { type NetworkRecord, networkOf } from '#formats/network-record.ts';
import type { Clock } from '#model/host.ts';

/** A whole file lies in memory while it is used: Country and ASN take 9 MB each, City 60. */
const MAX_BYTES = 128 << 20;
/** Unused so long it is let go. */
const IDLE_MS = 10 * 60_000;

interface Loaded {
  readonly reader: Reader<Response>;
  readonly version: string;
}

export class NetworkDatabase {
  readonly path: string;
  readonly #clock: Clock;
  #loaded: Loaded | undefined;
  #letGo: NodeJS.Timeout | undefined;
  #usedMs = -Infinity;
  #failure = '';

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /** Why it could not be read the last time; "" when it could, or was not yet. */
  get failure(): string {
    return this.#failure;
  }

  /** What it says of an address. A file that is not there, is none, or is damaged says nothing; then see `failure`. */
  of(address: string): NetworkRecord {
    try {
      const reader = this.#reader();
      this.#failure = '';
      return networkOf(reader.get(address));
    } catch (error) {
      // Damaged pointers end in a RangeError of Buffer's or of the stack.
      this.#failure = error instanceof Error ? error.message.slice(0, 200) : String(error);
      this.#loaded = undefined;
      return { operator: '', country: '' };
    }
  }

  #reader(): Reader<Response> {
    this.#usedMs = this.#clock.monotonicMs();
    this.#rememberToLetGo();
    const fd = openSync(this.path, 'r');
    try {
      const stat = fstatSync(fd, { bigint: true });
      const version = `${stat.ino} ${stat.size} ${stat.ctimeNs}`;
      if (this.#loaded?.version === version) return this.#loaded.reader;
      if (!stat.isFile()) throw new Error('it is no file');
      if (stat.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES >> 20} MiB`);
      const reader = new Reader(readFileSync(fd));
      this.#loaded = { reader, version };
      return reader;
    } finally {
      closeSync(fd);
    }
  }

  #rememberToLetGo(): void {
    if (this.#letGo !== undefined) return;
    this.#letGo = setTimeout(() => {
      this.#letGo = undefined;
      if (this.#clock.monotonicMs() - this.#usedMs >= IDLE_MS) this.#loaded = undefined;
      else this.#rememberToLetGo();
    }, IDLE_MS).unref();
  }
}

/** What looks and events of one host remember of troubles. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import { type ResourceRow, resourceTroubles } from './resource-table.ts';

/** A trouble is shown this long after it happened last. */
const SHOWN_MS = 60 * 60_000;
/** Above this many the oldest goes. */
const MAX_SHOWN = 500;
/** A program that crashes so often within the hour does not do so by chance. */
const OFTEN = 3;

/** How long a process has been busy. */
export interface Busy {
  readonly cpuTicks: number;
  readonly atMs: number;
  readonly sinceMs: number | undefined;
}

/** One a host. */
class ResourceMemory {
  readonly #rows = new BoundedMap<string, ResourceRow>(MAX_SHOWN);
  busy = new Map<string, Busy>();
  starts: { readonly count: number; readonly atMs: number } | undefined;

  /** It happened (again); returns the row as it is now. */
  note(row: ResourceRow): ResourceRow {
    const key = keyOf(row, resourceTroubles.key);
    const times = (this.#rows.get(key)?.times ?? 0) + 1;
    const next = { ...row, times, grave: row.grave || times >= OFTEN };
    this.#rows.set(key, next);
    return next;
  }

  /** Rows of the last hour. */
  rows(nowMs: number): ResourceRow[] {
    const rows: ResourceRow[] = [];
    for (const [key, row] of this.#rows.entries()) {
      if (nowMs - row.lastMs > SHOWN_MS) this.#rows.delete(key);
      else rows.push(row);
    }
    return rows;
  }
}

const memories = new WeakMap<Host, ResourceMemory>();

/** The memory that the look and the listener of one host share. */
export function resourceMemoryOf(host: Host): ResourceMemory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const memory = new ResourceMemory();
  memories.set(host, memory);
  return memory;
}

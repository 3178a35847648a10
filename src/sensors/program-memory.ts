/** Programs that ran and ended: remembered for a day, so that what cron starts each night is not news each night. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import { type ProgramRow, programs } from './program-table.ts';

/** A little more than a day: a daily job keeps its row. */
const KEEP_MS = 25 * 60 * 60_000;
/** Above this many the one that was seen longest ago goes; it is news again when it comes back. */
const MAX_REMEMBERED = 3000;

/** Ended programs of one host. */
class ProgramMemory {
  readonly #rows = new BoundedMap<string, ProgramRow>(MAX_REMEMBERED);

  /** It ran just now. */
  note(row: ProgramRow): void {
    this.#rows.set(keyOf(row, programs.key), row);
  }

  /** What is remembered beside the programs that run; those of more than a day ago are forgotten. */
  ended(running: ReadonlySet<string>, nowMs: number): ProgramRow[] {
    const rows: ProgramRow[] = [];
    for (const [key, row] of this.#rows.entries()) {
      if (nowMs - row.lastMs > KEEP_MS) this.#rows.delete(key);
      else if (!running.has(key)) rows.push({ ...row, count: 0 });
    }
    return rows;
  }
}

const memories = new WeakMap<Host, ProgramMemory>();

/** The memory that the look and the listener of one host share. */
export function programMemoryOf(host: Host): ProgramMemory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const memory = new ProgramMemory();
  memories.set(host, memory);
  return memory;
}

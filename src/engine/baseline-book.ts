/** The baseline in memory: what is normal, and how it moves by versions. It moves only when told to, never by looking. */

import type { BaselineMove, BaselineRow, BaselineVersion } from '#model/store.ts';
import type { Row, Table } from '#model/table.ts';
import { differs } from './compare.ts';
import type { Turn } from './turn.ts';

/** Who moves it and why. */
export interface Mover {
  readonly by: string;
  readonly reason: string;
}

export class BaselineBook {
  #version: BaselineVersion | undefined;
  #lastVersion: number;
  #rows = new Map<string, Map<string, BaselineRow>>();
  #count = 0;

  constructor(stored: { readonly version: BaselineVersion; readonly rows: readonly BaselineRow[] } | undefined) {
    this.#version = stored?.version;
    this.#lastVersion = stored?.version.version ?? 0;
    for (const row of stored?.rows ?? []) this.#put(row);
  }

  get version(): BaselineVersion | undefined {
    return this.#version;
  }

  /** Versions are never used twice, also after the baseline was deleted. */
  startAfter(version: number): void {
    this.#lastVersion = Math.max(this.#lastVersion, version);
  }

  rowsOf(table: string): ReadonlyMap<string, BaselineRow> {
    return this.#rows.get(table) ?? new Map<string, BaselineRow>();
  }

  /** Whether a row is normal: its identity is in the baseline and no compared column differs. */
  knows(table: Table, key: string, row: Row): boolean {
    const known = this.#rows.get(table.name)?.get(key);
    return known !== undefined && !differs(known.row, row, table.compared);
  }

  /** Starts from nothing with these rows. */
  replace(rows: readonly BaselineRow[], mover: Mover, turn: Turn): BaselineVersion {
    this.#rows = new Map();
    this.#count = 0;
    return this.#move({ kind: 'replace', put: rows, drop: [], mover }, turn);
  }

  /** Puts rows in and takes rows out. */
  adjust(
    put: readonly BaselineRow[],
    drop: readonly { readonly table: string; readonly key: string }[],
    mover: Mover,
    turn: Turn,
  ): BaselineVersion | undefined {
    if (this.#version === undefined || put.length + drop.length === 0) return this.#version;
    return this.#move({ kind: 'adjust', put, drop, mover }, turn);
  }

  /** Leaves no baseline; returns how many rows went. */
  delete(mover: Mover, turn: Turn): number {
    const rows = this.#count;
    this.#rows = new Map();
    this.#count = 0;
    this.#move({ kind: 'delete', put: [], drop: [], mover }, turn);
    this.#version = undefined;
    return rows;
  }

  #move(what: Pick<BaselineMove, 'kind' | 'put' | 'drop'> & { readonly mover: Mover }, turn: Turn): BaselineVersion {
    for (const row of what.put) this.#put(row);
    for (const { table, key } of what.drop) if (this.#rows.get(table)?.delete(key)) this.#count -= 1;
    this.#lastVersion += 1;
    const { kind, put, drop, mover } = what;
    const version = { version: this.#lastVersion, by: mover.by, reason: mover.reason, kind, rows: this.#count };
    turn.write({ kind: 'baseline', move: { ...version, timeMs: turn.nowMs, put, drop } });
    this.#version = { ...version, madeMs: turn.nowMs };
    return this.#version;
  }

  #put(row: BaselineRow): void {
    let rows = this.#rows.get(row.table);
    if (rows === undefined) {
      rows = new Map();
      this.#rows.set(row.table, rows);
    }
    if (!rows.has(row.key)) this.#count += 1;
    rows.set(row.key, row);
  }
}

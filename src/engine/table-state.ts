/** What is known of one table: the rows seen last, those only heard of, those held, and who stands in which slot. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { SeenRow } from '#model/store.ts';
import { keyOf, type Row, type Table } from '#model/table.ts';
import { differs } from './compare.ts';
import { Deferrals } from './deferring.ts';

/** A row of the last look. */
export interface Seen {
  row: Row;
  readonly sinceMs: number;
  /** When the kernel told of it; undefined for rows that a look found. */
  readonly heardMs: number | undefined;
  /** Blind spots under which it went missing: while they last, missing is not gone. */
  missingUnder: ReadonlySet<string> | undefined;
  /** An event told of its end, and no look that began later saw it: `timeMs` epoch, `heardAtMs` monotonic. */
  ended?: { readonly timeMs: number; readonly heardAtMs: number } | undefined;
}

/** A row that an event told of and no look has confirmed. */
export interface Pending {
  readonly row: Row;
  readonly timeMs: number;
  /** When we heard of it, monotonic: only a look that began later can deny it. */
  readonly heardAtMs: number;
  /** False where a standing row of the same slot makes only a look tell what happened. */
  readonly judged: boolean;
  /** What became of it: with an alert of its own, counted in its incident, or not worth a word. */
  readonly told: 'alert' | 'counted' | 'nothing';
  /** Its sensor says that a look alone cannot deny it: it waits for an event, and asks for no look. */
  vouched?: boolean;
  /** Appearances less disappearances heard; several sockets may share an identity. */
  alive: number;
}

/** A row that went and may only be restarting; epoch milliseconds. */
export interface Hold {
  readonly untilMs: number;
  readonly goneMs: number;
}

/** Rows heard of and not yet confirmed; beyond it they are judged and counted, but not remembered. */
export const pendingRows = 20_000;

/**
 * What closes and opens again within this time, somewhere else in its slot, is one story: a program that is told to
 * bind anew. Slots that were left are remembered up to a bound; the one left first is forgotten first.
 */
const sameStoryMs = 5_000;
const leftSlots = 4_096;

/** Rows of which that is remembered; the one that changed first is forgotten first. */
const originalRows = 4_096;

export class TableState {
  readonly table: Table;
  readonly seen = new Map<string, Seen>();
  readonly pending = new Map<string, Pending>();
  /** Rows of the first look that were told of as a part of another alert: not normal, though none is theirs. */
  readonly refused = new Set<string>();
  /** Removed rows that wait for their hold. */
  readonly holds = new Map<string, Hold>();
  readonly deferrals: Deferrals;
  /** While nothing is normal yet: how rows were before they changed, so that what is undone is over. */
  readonly #originals = new BoundedMap<string, Row>(originalRows);
  /** Rows were told that could not be remembered: the next look closes what is not there. */
  forgot = false;
  readonly #slots = new Map<string, Set<string>>();
  readonly #left = new BoundedMap<string, { readonly key: string; readonly row: Row; readonly atMs: number }>(
    leftSlots,
  );

  constructor(table: Table, stored: readonly SeenRow[]) {
    this.table = table;
    this.deferrals = new Deferrals(table);
    for (const { key, row, sinceMs } of stored)
      this.put(key, { row, sinceMs, heardMs: undefined, missingUnder: undefined });
  }

  put(key: string, seen: Seen): void {
    this.seen.set(key, seen);
    const slot = this.slotOf(seen.row);
    const keys = this.#slots.get(slot);
    if (keys === undefined) this.#slots.set(slot, new Set([key]));
    else keys.add(key);
  }

  /** Is there something that only the next look can settle? */
  awaitsLook(): boolean {
    if (this.deferrals.waits) return true;
    for (const pending of this.pending.values()) if (pending.vouched !== true) return true;
    return false;
  }

  /** A row changed before the table was learned; is it now as it was before its first change? */
  isBack(key: string, before: Row, after: Row): boolean {
    const original = this.#originals.get(key);
    if (original === undefined) this.#originals.set(key, before);
    return original !== undefined && !differs(original, after, this.table.compared);
  }

  drop(key: string): void {
    const seen = this.seen.get(key);
    if (seen === undefined) return;
    this.seen.delete(key);
    this.holds.delete(key);
    const slot = this.slotOf(seen.row);
    const keys = this.#slots.get(slot);
    keys?.delete(key);
    if (keys?.size === 0) this.#slots.delete(slot);
  }

  slotOf(row: Row): string {
    return this.table.slot.length === 0 ? '' : keyOf(row, this.table.slot);
  }

  /** Keys of seen rows in the slot of this row, the row itself left out. */
  mates(key: string, row: Row): readonly string[] {
    if (this.table.slot.length === 0) return [];
    return [...(this.#slots.get(this.slotOf(row)) ?? [])].filter((other) => other !== key);
  }

  /** Seen rows standing in the same slot: those held or missing are not there now. */
  peers(key: string, row: Row): readonly Row[] {
    return this.mates(key, row).flatMap((other) => {
      const seen = this.seen.get(other);
      return seen === undefined || this.holds.has(other) || seen.missingUnder !== undefined ? [] : [seen.row];
    });
  }

  /** A held row of the same slot: the thing that the new one may stand for. */
  heldMate(key: string, row: Row): string | undefined {
    return this.mates(key, row).find((other) => this.holds.has(other));
  }

  /** A row went, and its end was told (monotonic). */
  leave(key: string, row: Row, atMs: number): void {
    if (this.table.slot.length > 0) this.#left.set(this.slotOf(row), { key, row, atMs });
  }

  /** Another row that left the slot of this one a moment ago: given once. */
  takeLeft(key: string, row: Row, nowMs: number): Row | undefined {
    const slot = this.table.slot.length === 0 ? '' : this.slotOf(row);
    const left = this.#left.get(slot);
    if (left === undefined) return undefined;
    this.#left.delete(slot);
    return left.key !== key && nowMs - left.atMs <= sameStoryMs ? left.row : undefined;
  }
}

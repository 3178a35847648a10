/** Finds open alerts by what they tell and by the rows that they are about. */

import type { StoredAlert } from '#model/store.ts';
import { keysOf, printsOf } from './deed-rows.ts';

export class AlertIndex {
  readonly #byFingerprint = new Map<string, string>();
  readonly #byRow = new Map<string, Set<string>>();

  add(alert: StoredAlert): void {
    for (const print of printsOf(alert)) this.#byFingerprint.set(print, alert.id);
    if (alert.table === '') return;
    for (const key of keysOf(alert)) {
      const row = rowName(alert.table, key);
      const ids = this.#byRow.get(row);
      if (ids === undefined) this.#byRow.set(row, new Set([alert.id]));
      else ids.add(alert.id);
    }
  }

  /** To be asked with the alert as it was added. */
  drop(alert: StoredAlert): void {
    for (const print of printsOf(alert))
      if (this.#byFingerprint.get(print) === alert.id) this.#byFingerprint.delete(print);
    for (const key of keysOf(alert)) {
      const row = rowName(alert.table, key);
      const ids = this.#byRow.get(row);
      ids?.delete(alert.id);
      if (ids?.size === 0) this.#byRow.delete(row);
    }
  }

  /** Id of the alert that tells this. */
  ofPrint(fingerprint: string): string | undefined {
    return this.#byFingerprint.get(fingerprint);
  }

  /** Ids of the alerts about this row. */
  ofRow(table: string, key: string): readonly string[] {
    return [...(this.#byRow.get(rowName(table, key)) ?? [])];
  }
}

function rowName(table: string, key: string): string {
  return `${table}\u0000${key}`;
}

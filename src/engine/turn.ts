/** One piece of work of the engine: all that it writes is stored as one, and told to followers when it is. */

import type { Alert } from '#model/finding.ts';
import type { StoreRecord } from '#model/store.ts';
import type { Pushed } from '#model/verbs.ts';

export class Turn {
  readonly records: StoreRecord[] = [];
  readonly pushed: Pushed[] = [];
  readonly nowMs: number;
  /** Whether a notice is among the records. */
  tells = false;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  write(record: StoreRecord): void {
    this.records.push(record);
  }

  push(alert: Alert, update: boolean): void {
    this.pushed.push({ type: 'alert', alert, update });
  }

  history(alert: string, words: string): void {
    this.records.push({ kind: 'history', alert, timeMs: this.nowMs, words });
  }
}

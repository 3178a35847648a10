/** One piece of work of the engine: all that it writes is stored as one, and told to followers when it is. */

import type { Alert } from '#model/finding.ts';
import type { StoredAlert, StoreRecord } from '#model/store.ts';
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

  /** Puts an alert that this turn opened anew into what it writes; false when this turn did not open it. */
  amend(told: Alert, stored: StoredAlert): boolean {
    const at = this.records.findLastIndex(
      (record) => record.kind === 'alert' && record.opening && record.alert.id === told.id,
    );
    if (at < 0) return false;
    this.records[at] = { kind: 'alert', alert: stored, opening: true };
    const pushed = this.pushed.findLastIndex((one) => one.type === 'alert' && one.alert.id === told.id && !one.update);
    if (pushed >= 0) this.pushed[pushed] = { type: 'alert', alert: told, update: false };
    return true;
  }

  history(alert: string, words: string): void {
    this.records.push({ kind: 'history', alert, timeMs: this.nowMs, words });
  }
}

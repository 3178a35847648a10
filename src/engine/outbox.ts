/** Numbers the lines to tell and keeps the newest in memory, so that a channel that is awake need not ask the disk. */

import type { Alert, Incident } from '#model/finding.ts';
import type { OutboxNotice, Store } from '#model/store.ts';
import type { Turn } from './turn.ts';

/** Notices kept in memory for channels that keep up; those behind read the store. */
const keptNotices = 2_000;
/** Notices that may wait for channels that are down; beyond it the oldest go and are counted. */
export const waitingNotices = 100_000;

export class Outbox {
  readonly #store: Store;
  readonly #wakers = new Set<() => void>();
  #recent: OutboxNotice[] = [];
  #lastSeq: number;
  #readySeq: number;
  /** Set by the channels: how far the slowest is. */
  #trimmedSeq = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#lastSeq = store.outboxRange().lastSeq;
    this.#readySeq = this.#lastSeq;
  }

  /** Highest number that is stored and may be told. */
  get readySeq(): number {
    return this.#readySeq;
  }

  add(turn: Turn, alert: Alert, incident: Incident, update: boolean): void {
    this.#lastSeq += 1;
    const notice = { seq: this.#lastSeq, timeMs: turn.nowMs, update, alert, incident };
    this.#recent.push(notice);
    if (this.#recent.length > keptNotices * 2) this.#recent = this.#recent.slice(-keptNotices);
    turn.write({ kind: 'notice', notice });
    turn.tells = true;
  }

  /** The notice of an alert that the turn opened, with what is known of it by now. */
  amend(turn: Turn, alert: Alert, incident: Incident | undefined): void {
    const at = turn.records.findLastIndex(
      (record) => record.kind === 'notice' && !record.notice.update && record.notice.alert.id === alert.id,
    );
    const record = turn.records[at];
    if (record?.kind !== 'notice') return;
    const notice = { ...record.notice, alert, incident: incident ?? record.notice.incident };
    turn.records[at] = { kind: 'notice', notice };
    const recent = this.#recent.findLastIndex(({ seq }) => seq === notice.seq);
    if (recent >= 0) this.#recent[recent] = notice;
  }

  /** The notices of a turn are stored (or kept by a store in trouble): they may be told. */
  release(turn: Turn): void {
    if (!turn.tells) return;
    for (const record of turn.records)
      if (record.kind === 'notice') this.#readySeq = Math.max(this.#readySeq, record.notice.seq);
    for (const wake of this.#wakers) wake();
  }

  /** Notices after a cursor that may be told, in order. */
  after(cursor: number, limit: number): readonly OutboxNotice[] {
    if (cursor >= this.#readySeq) return [];
    const first = this.#recent[0];
    const from = first !== undefined && first.seq <= cursor + 1 ? this.#recent : this.#store.outbox(cursor, limit);
    const start = from === this.#recent && first !== undefined ? cursor + 1 - first.seq : 0;
    return from.slice(start, start + limit).filter((notice) => notice.seq <= this.#readySeq);
  }

  onRelease(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => this.#wakers.delete(wake);
  }

  /** Everything up to here is told on all channels. */
  trim(seq: number): void {
    if (seq <= this.#trimmedSeq || this.#store.mode === 'read') return;
    this.#trimmedSeq = seq;
    this.#store.trimOutbox(seq);
  }
}

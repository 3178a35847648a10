/**
 * Group commit with a leading edge: a transaction costs a write to the disk (`synchronous=FULL`), so what comes while
 * the disk rests is written at once, and what comes soon after is written together. See docs/decisions/0030.
 */

import type { Clock } from '#model/host.ts';
import type { StoreRecord } from '#model/store.ts';
import { VerbError } from '#model/verbs.ts';
import { diskTrouble } from './trouble.ts';

/** Shortest time from one commit to the next, and how many records end the wait. */
const spacingMs = 10;
const groupRecords = 500;
/** A disk of slow fsyncs must not stop the loop: at most a fifth of the time is spent in commits. */
const restPerCommit = 4;
const longestRestMs = 2_000;
/** While the disk refuses: how often it is tried, and how much is kept in memory. */
const retryMs = [1_000, 2_000, 5_000, 15_000] as const;
/** Records kept in memory while the disk refuses them; what comes beyond is dropped and counted. */
const keptRecords = 100_000;

interface Waiting {
  readonly records: readonly StoreRecord[];
  readonly settle: (result: 'durable' | 'kept') => void;
  readonly fail: (error: unknown) => void;
}

/** How a group is written: all or nothing; throws what SQLite throws. */
export interface GroupWriter {
  transaction(groups: readonly (readonly StoreRecord[])[]): void;
}

/** The queue in front of the disk. */
export class GroupCommit {
  readonly #writer: GroupWriter;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #queue: Waiting[] = [];
  #records = 0;
  #lastEndMs = -Infinity;
  #lastTookMs = 0;
  #timer = false;
  #trouble = '';
  #failures = 0;
  #dropped = 0;
  #closed = false;

  constructor(writer: GroupWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  get trouble(): string {
    return this.#trouble;
  }

  write(records: readonly StoreRecord[]): Promise<'durable' | 'kept'> {
    if (this.#closed) throw new VerbError('CLOSED', 'Cannot write to the store: it is closed already');
    if (records.length === 0) return Promise.resolve(this.#trouble === '' ? 'durable' : 'kept');
    if (this.#trouble !== '' && this.#records + records.length > keptRecords) {
      this.#dropped += records.length;
      return Promise.resolve('kept');
    }
    return new Promise((settle, fail) => {
      this.#queue.push({ records, settle, fail });
      this.#records += records.length;
      if (this.#trouble !== '') settle('kept');
      const waitMs = this.#waitMs();
      if (waitMs <= 0) this.flush();
      else this.#wake(waitMs);
    });
  }

  /** Writes what waits now. */
  flush(): void {
    const groups = this.#queue;
    if (groups.length === 0) return;
    const startMs = this.#clock.monotonicMs();
    try {
      this.#writer.transaction(groups.map((group) => group.records));
      this.#done();
      for (const group of groups) group.settle('durable');
    } catch (error) {
      this.#failed(error, groups);
    }
    this.#lastEndMs = this.#clock.monotonicMs();
    this.#lastTookMs = this.#lastEndMs - startMs;
    if (this.#queue.length > 0) this.#wake(this.#waitMs());
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    this.#stop.abort();
  }

  #done(): void {
    this.#queue = [];
    this.#records = 0;
    this.#trouble = '';
    this.#failures = 0;
    if (this.#dropped === 0) return;
    const words = `${this.#dropped} records could not be kept while the disk refused them`;
    this.#dropped = 0;
    void this.write([{ kind: 'act', act: { timeMs: this.#clock.nowMs(), what: 'counted', by: 'telltale', words } }]);
  }

  #failed(error: unknown, groups: readonly Waiting[]): void {
    const trouble = diskTrouble(error);
    if (trouble === undefined) {
      this.#oneByOne(groups, error);
      return;
    }
    this.#trouble = trouble;
    this.#failures += 1;
    for (const group of groups) group.settle('kept');
  }

  /** An error that is not the disk's belongs to one group of records: the others must not suffer from it. */
  #oneByOne(groups: readonly Waiting[], error: unknown): void {
    this.#queue = [];
    this.#records = 0;
    if (groups.length === 1) {
      groups[0]?.fail(error);
      return;
    }
    const left: Waiting[] = [];
    for (const group of groups) {
      this.#queue = [group];
      this.flush();
      left.push(...this.#queue);
      this.#queue = [];
    }
    this.#queue = left;
    this.#records = left.reduce((sum, group) => sum + group.records.length, 0);
  }

  #waitMs(): number {
    const sinceMs = this.#clock.monotonicMs() - this.#lastEndMs;
    if (this.#trouble !== '') return (retryMs[Math.min(this.#failures, retryMs.length) - 1] ?? 1_000) - sinceMs;
    const restMs = Math.min(longestRestMs, this.#lastTookMs * restPerCommit);
    return (this.#records >= groupRecords ? restMs : Math.max(spacingMs, restMs)) - sinceMs;
  }

  #wake(waitMs: number): void {
    if (this.#timer || this.#closed) return;
    this.#timer = true;
    void this.#later(waitMs);
  }

  async #later(waitMs: number): Promise<void> {
    await this.#clock.sleep(Math.max(1, Math.ceil(waitMs)), this.#stop.signal);
    this.#timer = false;
    if (!this.#closed) this.flush();
  }
}

/** Everything the engine remembers, and the one way in which it is written: turn by turn, in order. */

import { tokenBucket } from '#lib/token-bucket.ts';
import type { ChangeRecord, Store } from '#model/store.ts';
import type { Change } from '#model/table.ts';
import type { Pushed } from '#model/verbs.ts';
import { AlertBook, reopenMs } from './alert-book.ts';
import { BaselineBook } from './baseline-book.ts';
import { IncidentBook } from './incident-book.ts';
import { Lessons } from './lessons.ts';
import { Outbox } from './outbox.ts';
import { PackageRuns } from './package-runs.ts';
import { QuietBook } from './quiet-book.ts';
import { Turn } from './turn.ts';
import { Upgrade } from './upgrade.ts';
import type { WatchParts } from './watch-parts.ts';

/** Changes recorded one by one; beyond it they are counted, so that a flood does not fill the disk. */
const changeBurst = 50_000;
const changesPerSecond = 20;

export class Ledger {
  readonly parts: WatchParts;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly incidents: IncidentBook;
  readonly quiets: QuietBook;
  readonly alerts: AlertBook;
  readonly baseline: BaselineBook;
  readonly lessons: Lessons;
  readonly packageRuns: PackageRuns;
  readonly upgrade: Upgrade;
  readonly #followers = new Set<(pushed: Pushed) => void>();
  readonly #changes = tokenBucket(changeBurst, changesPerSecond);
  readonly #counted = new Map<string, number>();
  /** Writes under way; the last one settles after all before it. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(parts: WatchParts) {
    const { store, host } = parts;
    const nowMs = host.clock.nowMs();
    const open = store.openAlerts();
    this.parts = parts;
    this.store = store;
    this.outbox = new Outbox(store);
    this.incidents = new IncidentBook(
      host.clock,
      store.incidents({ sinceMs: nowMs - reopenMs, open: true, limit: 10_000 }),
      open,
    );
    this.quiets = new QuietBook(host, store.quiets(false));
    this.alerts = new AlertBook(
      { host, store, incidents: this.incidents, quiets: this.quiets, outbox: this.outbox },
      open,
    );
    this.alerts.remember(
      store.alerts({ sinceMs: nowMs - 6 * reopenMs, limit: 5_000 }).filter((alert) => alert.state === 'closed'),
    );
    this.baseline = new BaselineBook(store.baseline());
    // After a deletion there is no baseline, but its versions stay in the history.
    this.baseline.startAfter(store.baselineVersions(1)[0]?.version ?? 0);
    this.lessons = new Lessons(this);
    this.packageRuns = new PackageRuns(this);
    this.upgrade = new Upgrade(parts);
  }

  turn(): Turn {
    return new Turn(this.parts.host.clock.nowMs());
  }

  /** Records what changed, for the evidence; in a flood it is counted only. */
  change(turn: Turn, table: string, what: { change: Change; timeMs: number; by: ChangeRecord['by'] }): void {
    const { clock } = this.parts.host;
    if (!this.#changes.take(clock.monotonicMs())) {
      const name = `${table} ${what.change.type}`;
      this.#counted.set(name, (this.#counted.get(name) ?? 0) + 1);
      return;
    }
    turn.write({
      kind: 'change',
      change: {
        id: clock.id(),
        timeMs: what.timeMs,
        seenMs: turn.nowMs,
        table,
        change: what.change,
        by: what.by,
        count: 1,
      },
    });
  }

  /** Writes the counts of changes that were not recorded one by one. */
  settleCounts(turn: Turn): void {
    for (const [name, count] of this.#counted) {
      const words = `${count} more changes (${name}) were counted only`;
      turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'counted', by: 'telltale', words } });
    }
    this.#counted.clear();
  }

  /**
   * Stores a turn as one; resolves when it is on the disk (or kept by a store in trouble), and its notices may be told.
   * A store for reading keeps nothing: what a look found is then known to this process alone.
   */
  commit(turn: Turn): Promise<void> {
    this.incidents.settle(turn);
    const done = this.#write(turn);
    this.#writing = Promise.all([this.#writing, done]);
    return done;
  }

  async #write(turn: Turn): Promise<void> {
    if (this.store.mode === 'write') await this.store.write(turn.records);
    this.outbox.release(turn);
    for (const pushed of turn.pushed) this.push(pushed);
  }

  /** Resolves when everything committed so far is stored; rejects when a write failed for another reason than the disk. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  push(pushed: Pushed): void {
    for (const follower of this.#followers) follower(pushed);
  }

  follow(follower: (pushed: Pushed) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }
}

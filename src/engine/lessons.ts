/** What first looks learn: tables that look for the first time together become one version of the baseline. */

import type { BaselineRow } from '#model/store.ts';
import type { BaselineBook } from './baseline-book.ts';
import { learnedValue } from './marks.ts';
import type { Turn } from './turn.ts';

const learnedBy = { by: 'telltale', reason: 'first complete look' };
const renewedBy = { by: 'telltale', reason: 'another version of Telltale looked: what nobody touched stays normal' };

/** One table's first look: what is normal from here on, and how many rows are not. */
export interface Lesson {
  readonly table: string;
  readonly normal: readonly BaselineRow[];
  readonly refused: number;
}

/** What another version of the program sees otherwise in what nobody touched. */
export interface Renewed {
  readonly put: readonly BaselineRow[];
  readonly drop: readonly { readonly table: string; readonly key: string }[];
}

/** What it needs of the ledger. */
interface Books {
  readonly baseline: BaselineBook;
  turn(): Turn;
  commit(turn: Turn): Promise<void>;
}

export class Lessons {
  readonly #ledger: Books;
  #waiting: Lesson[] | undefined;
  #renewed: Renewed[] = [];

  constructor(ledger: Books) {
    this.#ledger = ledger;
  }

  /** Learns at once, or with the others while `together` runs. */
  learn(lesson: Lesson, turn: Turn): void {
    if (this.#waiting === undefined) this.#take([lesson], turn);
    else this.#waiting.push(lesson);
  }

  /** What stays normal in other words, at once or with the others while `together` runs. */
  renew(renewed: Renewed, turn: Turn): void {
    this.#renewed.push(renewed);
    if (this.#waiting === undefined) this.#takeRenewed(turn);
  }

  /**
   * Runs first looks; what they learn is stored as one version when all are done. A kill before that leaves the rows
   * seen and no lesson, so that the next start learns again.
   */
  async together<T>(looks: () => Promise<T>): Promise<T> {
    if (this.#waiting !== undefined) return await looks();
    const waiting: Lesson[] = [];
    this.#waiting = waiting;
    try {
      return await looks();
    } finally {
      this.#waiting = undefined;
      if (waiting.length > 0 || this.#renewed.length > 0) {
        const turn = this.#ledger.turn();
        if (waiting.length > 0) this.#take(waiting, turn);
        this.#takeRenewed(turn);
        await this.#ledger.commit(turn);
      }
    }
  }

  #takeRenewed(turn: Turn): void {
    const put = this.#renewed.flatMap((renewed) => renewed.put);
    const drop = this.#renewed.flatMap((renewed) => renewed.drop);
    this.#renewed = [];
    this.#ledger.baseline.adjust(put, drop, renewedBy, turn);
  }

  #take(lessons: readonly Lesson[], turn: Turn): void {
    const { baseline } = this.#ledger;
    const normal = lessons.flatMap((lesson) => lesson.normal);
    if (baseline.version === undefined) baseline.replace(normal, learnedBy, turn);
    else baseline.adjust(normal, [], learnedBy, turn);
    for (const { table, normal: rows, refused } of lessons) {
      const words = `table ${table}: ${rows.length} rows are normal, ${refused} are not`;
      turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'learned', by: 'telltale', words } });
      turn.write({ kind: 'value', name: learnedValue(table), value: String(turn.nowMs) });
    }
  }
}

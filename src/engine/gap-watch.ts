/** Blind spots of one sensor: which are new, which last, and when they end. A gap that lasts is an alert of its own. */

import { blindOf, type Gap } from '#model/gap.ts';
import type { Ledger } from './ledger.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';
import type { Turn } from './turn.ts';

/** Looks after which a gap is told: a process that vanished while it was read is no blindness. */
const patientLooks = 2;
/** Gaps of one sensor that get an alert each; many more are one trouble. */
const mostGaps = 50;

export class GapWatch {
  readonly #ledger: Ledger;
  readonly #sensor: string;
  readonly #lasting = new Map<string, { looks: number; known: boolean; told: boolean }>();
  #before: ReadonlySet<string> = new Set();

  constructor(ledger: Ledger, sensor: string) {
    this.#ledger = ledger;
    this.#sensor = sensor;
  }

  /** Those that the look before did not have. */
  newOnes(gaps: ReadonlySet<string>): ReadonlySet<string> {
    const fresh = new Set([...gaps].filter((gap) => !this.#before.has(gap)));
    this.#before = gaps;
    return fresh;
  }

  /** Tells of gaps that last and ends those that are over. `first`: they were there from the start. */
  take(gaps: readonly Gap[], first: boolean, turn: Turn): void {
    const now = new Map(blindOf(gaps).map((gap) => [gap.what, gap]));
    for (const [what, state] of this.#lasting) {
      if (now.has(what)) continue;
      this.#lasting.delete(what);
      if (state.told) endTrouble(this.#ledger, { ...this.#at(what), words: 'it can be seen again' }, turn);
    }
    for (const gap of now.values()) {
      const state = this.#lasting.get(gap.what) ?? { looks: 0, known: first, told: false };
      state.looks += 1;
      if (this.#lasting.size < mostGaps) this.#lasting.set(gap.what, state);
      if (state.looks <= patientLooks || state.told) continue;
      state.told = true;
      this.#tell(gap, state.known, turn);
    }
  }

  #tell(gap: Gap, known: boolean, turn: Turn): void {
    raiseTrouble(
      this.#ledger,
      {
        ...this.#at(gap.what),
        title: `Sensor "${this.#sensor}" cannot see ${gap.what}: ${gap.why}`,
        facts: { what: gap.what, reason: gap.why },
        next: gap.next,
        // What was blind from the start is shown in the status; what goes blind later may have been blinded.
        ...(known && { severity: 'low' as const }),
      },
      turn,
    );
  }

  #at(what: string): { rule: 'blind-sense'; subject: string } {
    return { rule: 'blind-sense', subject: `${this.#sensor}: ${what}` };
  }
}

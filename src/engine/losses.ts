/** Tells of lost events: one alert for one loss, also where twenty listeners hear by the same source. */

import type { Ledger } from './ledger.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';

/** Losses are told while they go on and this long after. */
const calmMs = 60 * 60_000;
/** Names of listeners in the facts. */
const listed = 10;

/** A listener as far as losses go. */
export interface Losing {
  readonly name: string;
  /** By what it hears, e.g. "fanotify"; "" while it hears nothing. */
  readonly by: string;
  /** Events lost since this was last asked; what was lost is looked at now. */
  takeLoss(): number;
}

interface Source {
  lost: number;
  lastMs: number;
}

export class Losses {
  readonly #ledger: Ledger;
  readonly #ears: Losing[] = [];
  /** By subject of their alert: what they hear by. */
  readonly #sources = new Map<string, Source>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  join(ear: Losing): void {
    this.#ears.push(ear);
  }

  /** Asks all listeners, for what one has lost the others of its source have lost as well; ends what is over. */
  check(): void {
    const nowMs = this.#ledger.parts.host.clock.monotonicMs();
    const fresh = new Map<string, { lost: number; names: string[] }>();
    for (const ear of this.#ears) {
      const lost = ear.takeLoss();
      if (lost === 0) continue;
      const at = fresh.get(ear.by || ear.name) ?? { lost: 0, names: [] };
      at.lost = Math.max(at.lost, lost);
      at.names.push(ear.name);
      fresh.set(ear.by || ear.name, at);
    }
    for (const [by, { lost, names }] of fresh) this.#tell(by, { lost, names, nowMs });
    for (const [by, { lastMs }] of this.#sources) if (nowMs - lastMs > calmMs) this.#end(by);
  }

  #tell(by: string, { lost, names, nowMs }: { lost: number; names: readonly string[]; nowMs: number }): void {
    const source = this.#sources.get(by) ?? { lost: 0, lastMs: nowMs };
    source.lost += lost;
    source.lastMs = nowMs;
    this.#sources.set(by, source);
    const what = `${source.lost} ${source.lost === 1 ? 'event was' : 'events were'} lost by`;
    const title =
      names.length === 1 ? `${what} "${names[0]}"` : `${what} ${by}, which ${names.length} listeners hear by`;
    const listeners = names.slice(0, listed);
    const facts = { lost: source.lost, lostNow: lost, hears: by, listeners, listenersCount: names.length };
    const turn = this.#ledger.turn();
    raiseTrouble(this.#ledger, { rule: 'events-lost', subject: by, title, facts }, turn);
    void this.#ledger.commit(turn);
  }

  #end(by: string): void {
    this.#sources.delete(by);
    const turn = this.#ledger.turn();
    endTrouble(this.#ledger, { rule: 'events-lost', subject: by, words: 'no more for an hour' }, turn);
    void this.#ledger.commit(turn);
  }
}

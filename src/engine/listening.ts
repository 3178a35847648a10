/** Listens to one listener for as long as the watch runs, and arms it again when it dies. */

import type { Listener, Listening, SensorEvent } from '#model/sensor.ts';
import type { Ledger } from './ledger.ts';
import type { Losing, Losses } from './losses.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';
import type { SensorWatch } from './sensor-watch.ts';

const rearmMs = [1_000, 5_000, 30_000, 60_000] as const;
/** A listener that was deaf is told to hear again after this long. */
const settledMs = 30_000;
/** Events that may wait for the first look; beyond it they are dropped and counted as lost. */
const bufferedEvents = 50_000;

export class Ear implements Losing {
  readonly #ledger: Ledger;
  readonly #listener: Listener;
  readonly #watch: SensorWatch;
  readonly #losses: Losses;
  #listening: Listening | undefined;
  #buffer: (readonly SensorEvent[])[] | undefined = [];
  #buffered = 0;
  #lostBefore = 0;
  #lostTold = 0;
  #overflow = 0;
  #dead = '';

  constructor(ledger: Ledger, listener: Listener, watch: SensorWatch, losses: Losses) {
    this.#ledger = ledger;
    this.#losses = losses;
    losses.join(this);
    this.#listener = listener;
    this.#watch = watch;
  }

  /** Events lost since the start, over all times it was armed. */
  lost(): number {
    return this.#lostBefore + this.#overflow + (this.#listening?.lost() ?? 0);
  }

  /** Resolves when armed, or when it is known to be deaf (then it is told). */
  async arm(signal: AbortSignal): Promise<void> {
    try {
      const listening = await this.#listener.listen(this.#ledger.parts.host, signal);
      this.#listening = listening;
      this.#watch.heard = { by: listening.by, lost: () => this.lost(), gaps: listening.gaps };
    } catch (error) {
      if (!signal.aborted) this.#dies(error);
    }
  }

  /** Reads events until `signal` aborts; they wait until `release`. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    for (let tries = 0; !signal.aborted; tries += 1) {
      if (this.#listening === undefined) {
        await clock.sleep(rearmMs[Math.min(tries, rearmMs.length - 1)] ?? 60_000, signal);
        if (!signal.aborted) await this.arm(signal);
        if (this.#listening === undefined) continue;
        // Nothing was heard while it was deaf.
        this.#watch.want();
      }
      const stop = new AbortController();
      void this.#settles(AbortSignal.any([signal, stop.signal]));
      try {
        for await (const events of this.#listening.events) {
          tries = 0;
          this.#take(events);
          if (signal.aborted) break;
        }
        if (!signal.aborted) this.#dies(new Error('it ended'));
      } catch (error) {
        if (!signal.aborted) this.#dies(error);
      }
      stop.abort();
      await this.#disarm();
    }
  }

  /** The first look is taken: what was heard meanwhile is taken in, and all that follows at once. */
  release(): void {
    const buffer = this.#buffer ?? [];
    this.#buffer = undefined;
    for (const events of buffer) this.#watch.hear(events);
  }

  get name(): string {
    return this.#listener.name;
  }

  /** By what it hears, "" while it is deaf. */
  get by(): string {
    return this.#listening?.by ?? '';
  }

  takeLoss(): number {
    const fresh = this.lost() - this.#lostTold;
    if (fresh <= 0) return 0;
    this.#lostTold += fresh;
    this.#watch.want();
    return fresh;
  }

  #take(events: readonly SensorEvent[]): void {
    const own = events.filter((event) => event.table === this.#watch.sensor.table.name);
    if (this.#buffer === undefined) {
      this.#watch.hear(own);
      if (this.lost() > this.#lostTold) this.#losses.check();
      return;
    }
    if (this.#buffered + own.length > bufferedEvents) {
      this.#overflow += own.length;
      return;
    }
    this.#buffered += own.length;
    this.#buffer.push(own);
  }

  #dies(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const { name } = this.#listener;
    this.#watch.heard = {
      by: '',
      lost: () => this.lost(),
      gaps: [{ what: `listener ${name}`, why, next: 'telltale doctor' }],
    };
    if (this.#dead === why) return;
    this.#dead = why;
    const turn = this.#ledger.turn();
    const title = `"${name}" hears no more events: ${why}`;
    raiseTrouble(this.#ledger, { rule: 'listener-failed', subject: name, title, facts: { error: why } }, turn);
    void this.#ledger.commit(turn);
  }

  /** It hears again when it has done so for a while: what fails at its first event (a full disk) is deaf all the time. */
  async #settles(signal: AbortSignal): Promise<void> {
    if (this.#dead === '') return;
    await this.#ledger.parts.host.clock.sleep(settledMs, signal);
    if (signal.aborted) return;
    this.#dead = '';
    const turn = this.#ledger.turn();
    endTrouble(this.#ledger, { rule: 'listener-failed', subject: this.#listener.name, words: 'it hears again' }, turn);
    void this.#ledger.commit(turn);
  }

  async #disarm(): Promise<void> {
    const listening = this.#listening;
    if (listening === undefined) return;
    this.#lostBefore += listening.lost();
    this.#listening = undefined;
    await listening[Symbol.asyncDispose]();
  }
}

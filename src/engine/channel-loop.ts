/** Keeps one channel going: opens it, tells what waits in order, tries again after failures, remembers how far it came. */

import { Waker } from '#lib/waker.ts';
import type { Channel, Notice, Notifier } from '#model/notifier.ts';
import type { ChannelSettings } from '#model/settings.ts';
import type { ChannelState } from '#model/store.ts';
import type { ChannelStatus } from '#model/verbs.ts';
import type { Ledger } from './ledger.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';

/** Waits after the first, second … failure in a row: what waits is told at most a minute after the other side is back. */
const backOffMs = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000] as const;
/** A channel that does not answer for this long has failed, unless its own settings say otherwise. */
const patienceMs = 60_000;
/** Failures in a row after which the other channels hear of it: one may be a restart of the other side. */
const failuresTold = 2;
const idleMs = 300_000;

/** What a kind of channel does with the outbox. */
export interface Delivery {
  /** Tells what is due now; returns milliseconds until it wants to be asked again, Infinity when only news matters. */
  step(send: (notice: Notice) => Promise<void>): Promise<number>;
  /** State to remember, with the cursor that a restart may begin from. */
  state(): ChannelState;
  /** Notices up to `seq` were removed from the outbox unread. */
  skipTo(seq: number): void;
}

export class ChannelLoop {
  readonly name: string;
  readonly #ledger: Ledger;
  readonly #notifier: Notifier;
  readonly #settings: ChannelSettings;
  readonly #delivery: Delivery;
  readonly #waker = new Waker();
  #channel: Channel | undefined;
  #failures = 0;
  #failing = '';
  #saved = '';

  constructor(ledger: Ledger, at: { settings: ChannelSettings; notifier: Notifier }, delivery: Delivery) {
    this.name = at.settings.name;
    this.#ledger = ledger;
    this.#notifier = at.notifier;
    this.#settings = at.settings;
    this.#delivery = delivery;
  }

  get cursor(): number {
    return this.#delivery.state().cursor;
  }

  status(): ChannelStatus {
    const { cursor, deliveredMs } = this.#delivery.state();
    const waiting = Math.max(0, this.#ledger.outbox.readySeq - cursor);
    return { name: this.name, waiting, deliveredMs, failing: this.#failing };
  }

  skipTo(seq: number): void {
    this.#delivery.skipTo(seq);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    const stop = this.#ledger.outbox.onRelease(() => this.#waker.wake());
    while (!signal.aborted) {
      const waitMs = await this.#turn(signal);
      if (signal.aborted) break;
      // A failing channel rests whatever comes; an idle one wakes for news.
      if (this.#failures > 0) await clock.sleep(waitMs, signal);
      else if (waitMs > 0) await this.#waker.wait(Math.min(idleMs, waitMs), signal, (ms, end) => clock.sleep(ms, end));
    }
    stop();
    await this.#close();
  }

  /** At the end: what is stored and fits into a moment is still told. */
  async finish(signal: AbortSignal): Promise<void> {
    if (this.#failures === 0) await this.#turn(signal);
    await this.#close();
  }

  async #turn(signal: AbortSignal): Promise<number> {
    try {
      const waitMs = await this.#delivery.step((notice) => this.#send(notice, signal));
      this.#works();
      return waitMs;
    } catch (error) {
      if (!signal.aborted) await this.#fails(error);
      return backOffMs[Math.min(this.#failures, backOffMs.length) - 1] ?? 1_000;
    } finally {
      this.#save();
    }
  }

  async #send(notice: Notice, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const patience = new AbortController();
    try {
      this.#channel ??= await this.#open(stop.signal);
      const limitMs = this.#channel.patienceMs ?? patienceMs;
      const late = clock.sleep(limitMs, patience.signal).then(() => 'late' as const);
      const result = await Promise.race([this.#channel.send(notice, stop.signal), late]);
      if (result === 'late' && !patience.signal.aborted) throw new Error(`no answer for ${limitMs / 1000} s`);
    } finally {
      signal.removeEventListener('abort', onAbort);
      patience.abort();
      stop.abort();
    }
  }

  #open(signal: AbortSignal): Promise<Channel> {
    const { host, words } = this.#ledger.parts;
    return this.#notifier.open({ host, words, settings: this.#settings.own, signal });
  }

  #works(): void {
    if (this.#failing !== '' && this.#failures >= failuresTold) {
      const turn = this.#ledger.turn();
      endTrouble(this.#ledger, { rule: 'channel-failing', subject: this.name, words: 'it tells again' }, turn);
      void this.#ledger.commit(turn);
    }
    this.#failures = 0;
    this.#failing = '';
  }

  async #fails(error: unknown): Promise<void> {
    this.#failing = error instanceof Error ? error.message : String(error);
    this.#failures += 1;
    await this.#close();
    if (this.#failures !== failuresTold) return;
    const turn = this.#ledger.turn();
    const title = `Channel "${this.name}" cannot tell: ${this.#failing}`;
    raiseTrouble(
      this.#ledger,
      {
        rule: 'channel-failing',
        subject: this.name,
        title,
        facts: { error: this.#failing, waiting: this.status().waiting },
      },
      turn,
    );
    void this.#ledger.commit(turn);
  }

  #save(): void {
    const state = this.#delivery.state();
    const text = JSON.stringify(state);
    if (text === this.#saved || this.#ledger.store.mode === 'read') return;
    this.#saved = text;
    void this.#ledger.store.write([{ kind: 'channel', channel: state }]);
  }

  async #close(): Promise<void> {
    const channel = this.#channel;
    this.#channel = undefined;
    try {
      await channel?.[Symbol.asyncDispose]();
    } catch (error) {
      this.#failing = error instanceof Error ? error.message : String(error);
    }
  }
}

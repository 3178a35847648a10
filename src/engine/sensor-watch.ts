/** One sensor with its table: looks on its schedule and when asked, takes events in, and knows how well it sees. */

import { Waker } from '#lib/waker.ts';
import type { Finding } from '#model/finding.ts';
import type { Gap } from '#model/gap.ts';
import type { PackageRun } from '#model/host.ts';
import type { Look, Sensor, SensorEvent } from '#model/sensor.ts';
import type { BaselineRow, SeenRow } from '#model/store.ts';
import type { Row } from '#model/table.ts';
import type { SensorStatus } from '#model/verbs.ts';
import { turnAlerts } from './alert-book.ts';
import { keysOf } from './deed-rows.ts';
import { isOurs, ownHand } from './explain.ts';
import { GapWatch } from './gap-watch.ts';
import { hear, type TableParts } from './hearing.ts';
import { Judge } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { takeLook } from './looking.ts';
import { learnedValue } from './marks.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';
import { TableState } from './table-state.ts';
import type { Turn } from './turn.ts';
import type { Renewal } from './upgrade.ts';

/** After an event a look follows this soon, so that a burst is one look. */
const settleMs = 30;
/** dpkg writes down what a package ships just after it has put the files there: a look before that finds no owner. */
const settleInRunMs = 1_000;
/** Looks asked for by events take at most one part in this many of the time, and are at least this far apart. */
const lookShare = 20;
const apartMs = 100;
/** Time that looks may take before they rest for it: what an intruder does in a few steps is told step by step. */
const creditMs = 500;
/** A look that takes longer is given up, unless its sensor says otherwise. */
const longestLookMs = 30_000;

/** Without a reason of its own an abort makes an error with a stack, at each look. */
const over = 'over';

/** A look was not over in its time. */
class GaveUpError extends Error {}

/** What a finished look found, for those who asked for it. */
export interface Taken {
  readonly look: Look;
  readonly takenMs: number;
}

export class SensorWatch {
  readonly sensor: Sensor;
  readonly #ledger: Ledger;
  readonly #parts: TableParts;
  readonly #gaps: GapWatch;
  readonly #waker = new Waker();
  /** This session's first look is still to come; it learns when there is nothing to compare with. */
  #first = true;
  readonly #firstSight: boolean;
  /** Until the first complete look: what is found before that is as old as the rest of it. */
  #mustLearn: boolean;
  /** Until the first complete look: another version of the program looked last. */
  #renewal: Renewal | undefined;
  #looking: Promise<Taken> | undefined;
  #dueMs = Infinity;
  #lastEndMs = -Infinity;
  #lastTookMs = 0;
  /** What looks took and have not rested for, when the last one ended. */
  #spentMs = 0;
  #last: Taken | undefined;
  /** The last look was given up. */
  #gaveUp = false;
  #failed = '';
  /** Set by the listener of this table. */
  heard: { by: string; lost: () => number; gaps: readonly Gap[] } | undefined;

  constructor(ledger: Ledger, sensor: Sensor, seen: readonly SeenRow[]) {
    this.sensor = sensor;
    this.#ledger = ledger;
    const state = new TableState(sensor.table, seen);
    this.#parts = { ledger, state, judge: new Judge(ledger, sensor) };
    this.#gaps = new GapWatch(ledger, sensor.name);
    this.#firstSight = ledger.store.value(learnedValue(sensor.table.name)) === undefined;
    this.#renewal = ledger.upgrade.of(sensor.table, seen, !this.#firstSight);
    this.#mustLearn = this.#firstSight || ledger.baseline.version === undefined;
  }

  get state(): TableState {
    return this.#parts.state;
  }

  get judge(): Judge {
    return this.#parts.judge;
  }

  get looked(): boolean {
    return !this.#first;
  }

  get lastLookMs(): number {
    return this.#last?.takenMs ?? 0;
  }

  /** When the last look ended, monotonic. */
  get lastEndMs(): number {
    return this.#lastEndMs;
  }

  status(): SensorStatus {
    const look = this.#last?.look;
    const { by: hears, lost, gaps } = this.heard ?? { by: '', lost: () => 0, gaps: [] };
    const failed = this.#failed === '' ? [] : [{ what: `sensor ${this.sensor.name}`, why: this.#failed }];
    return {
      name: this.sensor.name,
      table: this.sensor.table.name,
      lastLookMs: this.lastLookMs,
      failed: this.#failed !== '',
      rows: this.state.seen.size,
      by: look?.by ?? '',
      hears,
      lost: lost(),
      gaps: [...failed, ...(look?.gaps ?? []), ...gaps],
    };
  }

  /** Takes a batch of events in, in turns that are not too long. */
  hear(events: readonly SensorEvent[]): void {
    const { packages } = this.#ledger.parts.host;
    for (let start = 0; start < events.length; start += turnAlerts / 2) {
      const turn = this.#ledger.turn();
      const run = packages.run();
      for (const event of events.slice(start, start + turnAlerts / 2)) {
        const wanted = hear(this.#parts, event, turn, run);
        if (wanted !== 'none') this.#want(wanted === 'now' ? 0 : this.#settleMs(run));
      }
      if (turn.records.length > 0) void this.#ledger.commit(turn);
    }
  }

  #settleMs(run: PackageRun | undefined): number {
    return this.sensor.table.file !== undefined && run?.endedMs === 0 ? settleInRunMs : settleMs;
  }

  /** A look is wanted soon. */
  want(): void {
    this.#want(settleMs);
  }

  /** Looks again and again until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    this.#dueMs = Math.min(this.#dueMs, this.#lastEndMs + this.sensor.everyMs);
    while (!signal.aborted) {
      const waitMs = this.#dueMs - clock.monotonicMs();
      if (waitMs > 0) {
        await this.#waker.wait(waitMs, signal, (ms, stop) => clock.sleep(ms, stop));
        continue;
      }
      this.#dueMs = clock.monotonicMs() + this.sensor.everyMs;
      await this.look(signal).catch(() => undefined);
    }
  }

  /** A look that begins now. Rejects when the sensor fails; that is told as an alert as well. */
  async look(signal: AbortSignal, limitMs = this.sensor.longestLookMs ?? longestLookMs): Promise<Taken> {
    while (this.#looking !== undefined) await this.#looking.catch(() => undefined);
    this.#looking = this.#look(signal, limitMs);
    try {
      return await this.#looking;
    } finally {
      this.#looking = undefined;
    }
  }

  /** The last look when it is younger than that, else a new one. */
  async recent(ageMs: number, signal: AbortSignal): Promise<Taken> {
    const { clock } = this.#ledger.parts.host;
    if (this.#last !== undefined && clock.monotonicMs() - this.#lastEndMs < ageMs) return this.#last;
    return await this.look(signal);
  }

  async #look(signal: AbortSignal, limitMs: number): Promise<Taken> {
    const { clock } = this.#ledger.parts.host;
    const beganMs = clock.monotonicMs();
    let look: Look;
    try {
      look = await this.#timed(signal, limitMs);
    } catch (error) {
      this.#lastEndMs = clock.monotonicMs();
      if (!signal.aborted) this.#fails(error);
      throw error;
    }
    const turn = this.#ledger.turn();
    const first = this.#first;
    this.#works(clock.monotonicMs() - beganMs, turn);
    this.#takeIn(look, beganMs, turn);
    this.#last = { look, takenMs: turn.nowMs };
    const unrestedMs = first ? 0 : Math.max(0, this.#spentMs - (beganMs - this.#lastEndMs) / lookShare);
    this.#lastEndMs = clock.monotonicMs();
    // The first look reads everything once: it says nothing of what the next one costs, and must not put it off.
    this.#lastTookMs = first ? 0 : this.#lastEndMs - beganMs;
    this.#spentMs = unrestedMs + this.#lastTookMs;
    await this.#ledger.commit(turn);
    this.#ledger.push({ type: 'look', table: this.sensor.table.name, nowMs: turn.nowMs });
    return this.#last;
  }

  #takeIn(look: Look, beganMs: number, turn: Turn): void {
    const { state } = this.#parts;
    const gaps = new Set(look.gaps.map((gap) => gap.what));
    const newGaps = this.#gaps.newOnes(gaps);
    const firstSight = this.#mustLearn && this.#firstSight;
    const run = this.#ledger.parts.host.packages.run();
    const vouches = (row: Row): boolean => this.sensor.vouches?.(this.#ledger.parts.host, row) === true;
    const renewal = this.#renewal;
    const rows = takeLook(this.#parts, { look, gaps, newGaps, run, firstSight, beganMs, vouches, renewal }, turn);
    if (look.partial !== true) this.#isWhole(rows, turn);
    if (this.#first) this.#reconcile(turn);
    this.#gaps.take(look.gaps, this.#first, turn);
    this.#first = false;
    if (state.awaitsLook()) this.#want(state.deferrals.waits ? settleInRunMs : apartMs);
  }

  /** Learns where it must, and ends what the version of the program before had seen. */
  #isWhole(rows: ReadonlyMap<string, Row>, turn: Turn): void {
    const { upgrade, lessons } = this.#ledger;
    if (this.#mustLearn) this.#learn(rows, turn);
    else if (this.#renewal !== undefined) lessons.renew(this.#renewal, turn);
    this.#mustLearn = false;
    this.#renewal = undefined;
    upgrade.looked(this.sensor.table, turn);
  }

  /** What stands in the first look is normal, but for what alerts. */
  #learn(rows: ReadonlyMap<string, Row>, turn: Turn): void {
    const { lessons, alerts, parts } = this.#ledger;
    const table = this.sensor.table.name;
    const normal: BaselineRow[] = [];
    const byOf = (row: Row): string => (isOurs(parts.host, row) ? ownHand : 'learning');
    for (const [key, row] of rows)
      if (alerts.ofRow(table, key).length === 0 && !this.state.refused.has(key))
        normal.push({ table, key, row, by: byOf(row) });
    this.state.refused.clear();
    lessons.learn({ table, normal, refused: rows.size - normal.length }, turn);
  }

  /** A daemon that was killed may have left alerts open whose end it saw and did not write. */
  #reconcile(turn: Turn): void {
    const { alerts } = this.#ledger;
    for (const alert of alerts.open()) {
      if (alert.table !== this.sensor.table.name) continue;
      for (const key of keysOf(alert)) {
        const stands = this.state.seen.has(key);
        const place = { table: alert.table, key, about: alert.about };
        if (place.about === 'presence' && !stands)
          alerts.closeRow({ ...place, about: 'presence', words: 'it went while nobody watched' }, turn);
        if (place.about === 'absence' && stands) alerts.closeRow({ ...place, about: 'absence' }, turn);
      }
    }
  }

  async #timed(signal: AbortSignal, limitMs: number): Promise<Look> {
    const { host } = this.#ledger.parts;
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const patience = new AbortController();
    const late = host.clock.sleep(limitMs, patience.signal).then(() => undefined);
    try {
      const look = await Promise.race([this.sensor.look(host, stop.signal), late]);
      if (look === undefined) throw new GaveUpError(`gave up after ${limitMs / 1000} s`);
      return look;
    } finally {
      signal.removeEventListener('abort', onAbort);
      patience.abort(over);
      stop.abort(over);
    }
  }

  #fails(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    const patient = error instanceof GaveUpError && !this.#gaveUp;
    this.#gaveUp = error instanceof GaveUpError;
    if (patient) {
      this.#tellSlow(`A look of sensor "${this.sensor.name}" ${why}`, { error: why });
      return;
    }
    const again = this.#failed !== '';
    this.#failed = why === '' ? 'unknown error' : why;
    if (again) return;
    const turn = this.#ledger.turn();
    const { name } = this.sensor;
    raiseTrouble(
      this.#ledger,
      { rule: 'sensor-failed', subject: name, title: `Sensor "${name}" cannot look: ${why}`, facts: { error: why } },
      turn,
    );
    void this.#ledger.commit(turn);
  }

  #works(tookMs: number, turn: Turn): void {
    const { name, everyMs } = this.sensor;
    const at = { subject: name, words: 'it looks again' };
    if (this.#failed !== '') endTrouble(this.#ledger, { rule: 'sensor-failed', ...at }, turn);
    this.#failed = '';
    this.#gaveUp = false;
    endTrouble(this.#ledger, { rule: 'sensor-silent', ...at }, turn);
    const slow = tookMs > Math.max(everyMs, 5_000);
    if (!slow) endTrouble(this.#ledger, { rule: 'sensor-slow', subject: name, words: 'it is fast again' }, turn);
    else if (this.#lastTookMs <= Math.max(everyMs, 5_000)) {
      const seconds = Math.round(tookMs / 1000);
      const title = `A look of sensor "${name}" took ${seconds} s`;
      const facts = { tookMs: Math.round(tookMs) };
      raiseTrouble(this.#ledger, { rule: 'sensor-slow', subject: name, title, facts }, turn);
    }
  }

  /** One look that did not end says that the machine is busy, as it is just after it started; two say that it is blind. */
  #tellSlow(title: string, facts: Finding['facts']): void {
    const turn = this.#ledger.turn();
    raiseTrouble(this.#ledger, { rule: 'sensor-slow', subject: this.sensor.name, title, facts }, turn);
    void this.#ledger.commit(turn);
  }

  /** Brings the next look forward, but leaves the machine in peace between looks. */
  #want(inMs: number): void {
    const nowMs = this.#ledger.parts.host.clock.monotonicMs();
    const restMs = this.sensor.looksAtHeard === true ? 0 : (this.#spentMs - creditMs) * lookShare;
    const earliestMs = this.#lastEndMs + Math.max(apartMs, restMs);
    const dueMs = Math.max(nowMs + inMs, earliestMs);
    if (dueMs >= this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#waker.wake();
  }
}

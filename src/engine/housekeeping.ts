/** What is done by the clock: late update lines, ends of mutes, silent sensors, stepped clocks, the disk, retention. */

import type { Ledger } from './ledger.ts';
import { endWindow } from './maintenance.ts';
import { waitingNotices } from './outbox.ts';
import { OwnWaits } from './own-waits.ts';
import type { Running } from './running.ts';
import type { SelfKeeping } from './self-keeping.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';
import type { SensorWatch } from './sensor-watch.ts';
import type { Turn } from './turn.ts';

/** Update lines that wait are looked at this often, all else each minute. */
const tickMs = 250;
const idleTickMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const defaultKeepMs = 400 * 86_400_000;
/** Between two ticks of a second: longer, and nothing at all was watched meanwhile. */
const stillMs = 20_000;
/** A wall clock that moves this far against the clock of the boot was set, not slewed. */
const stepMs = 2_000;

export class Housekeeping {
  readonly #running: Running;
  readonly #keeping: SelfKeeping;
  readonly #ledger: Ledger;
  #minuteAtMs = -Infinity;
  #hourAtMs: number;
  #offsetMs: number;
  #trouble = '';
  #restedMs: number;
  readonly #waits: OwnWaits;

  constructor(running: Running, keeping: SelfKeeping) {
    this.#running = running;
    this.#keeping = keeping;
    this.#ledger = running.ledger;
    const { clock, files } = running.ledger.parts.host;
    this.#waits = new OwnWaits(files);
    this.#offsetMs = clock.nowMs() - clock.monotonicMs();
    this.#hourAtMs = clock.monotonicMs();
    this.#restedMs = clock.monotonicMs();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    while (!signal.aborted) {
      await this.#tick();
      this.#ledger.packageRuns.settle(signal);
      this.#restedMs = clock.monotonicMs();
      await clock.sleep(this.#ledger.alerts.waits ? tickMs : idleTickMs, signal);
    }
  }

  async #tick(): Promise<void> {
    const { clock } = this.#ledger.parts.host;
    const nowMs = clock.monotonicMs();
    const turn = this.#ledger.turn();
    this.#ledger.alerts.settleLate(turn, nowMs);
    this.#checkClock(turn);
    this.#checkStore(turn);
    this.#checkStill(turn, nowMs);
    if (nowMs - this.#minuteAtMs >= minuteMs) {
      this.#minuteAtMs = nowMs;
      this.#minute(turn, nowMs);
    }
    if (turn.records.length > 0) await this.#ledger.commit(turn);
    this.#running.losses.check();
    if (nowMs - this.#hourAtMs >= hourMs) {
      this.#hourAtMs = nowMs;
      await this.#retain();
    }
  }

  #minute(turn: Turn, nowMs: number): void {
    const { quiets, alerts, incidents } = this.#ledger;
    endWindow(this.#ledger, turn);
    quiets.sweep(turn);
    for (const alert of alerts.open()) {
      if (alert.quiet === undefined || quiets.get(alert.quiet) !== undefined) continue;
      turn.history(alert.id, alert.quieted?.verb === 'mute' ? 'the mute ended' : 'the acceptance ended');
      alerts.decide(alert, { state: 'open' }, turn);
    }
    this.#ledger.settleCounts(turn);
    incidents.prune(turn.nowMs);
    for (const sensor of this.#running.sensors) this.#checkSilence(sensor, turn, nowMs);
    this.#trimOutbox();
    this.#keeping.minute(turn, this.#running.signal);
  }

  /** One line for all sensors; they get a minute to look before they are asked. */
  #checkStill(turn: Turn, nowMs: number): void {
    const silentMs = Math.round(nowMs - this.#restedMs);
    const waitedMs = Math.round(this.#waits.sinceMs() ?? 0);
    if (silentMs < stillMs) return;
    this.#minuteAtMs = nowMs;
    const seconds = Math.round(silentMs / 1000);
    const at = { rule: 'sensor-silent', subject: 'telltale', facts: { silentMs, waitedMs }, over: true } as const;
    // Who is stopped waits for nothing.
    const crowded = waitedMs > silentMs / 2;
    const title = crowded
      ? `The watch had no time for ${seconds} s: this host was too busy`
      : `The watch stood still for ${seconds} s: it was stopped (SIGSTOP), or this host slept`;
    raiseTrouble(this.#ledger, { ...at, title, ...(crowded && { severity: 'low' as const }) }, turn);
  }

  #checkSilence(sensor: SensorWatch, turn: Turn, nowMs: number): void {
    const { name, everyMs } = sensor.sensor;
    const silentMs = nowMs - sensor.lastEndMs;
    if (!Number.isFinite(silentMs) || silentMs < Math.max(everyMs * 3, everyMs + minuteMs)) return;
    if (this.#ledger.alerts.isOpenSelf('sensor-silent', name)) return;
    const title = `Sensor "${name}" has not finished a look for ${Math.round(silentMs / 1000)} s`;
    raiseTrouble(
      this.#ledger,
      { rule: 'sensor-silent', subject: name, title, facts: { silentMs: Math.round(silentMs) } },
      turn,
    );
  }

  #checkClock(turn: Turn): void {
    const { clock } = this.#ledger.parts.host;
    const offsetMs = clock.nowMs() - clock.monotonicMs();
    const movedMs = Math.round(offsetMs - this.#offsetMs);
    this.#offsetMs = offsetMs;
    if (Math.abs(movedMs) < stepMs) return;
    const title = `The clock of this host was set ${movedMs > 0 ? 'forward' : 'back'} by ${Math.abs(movedMs) / 1000} s`;
    raiseTrouble(
      this.#ledger,
      { rule: 'clock-stepped', subject: 'clock', title, facts: { movedMs }, over: true },
      turn,
    );
  }

  #checkStore(turn: Turn): void {
    const trouble = this.#ledger.store.trouble();
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    const { stateDir } = this.#ledger.store;
    if (trouble === '') {
      endTrouble(
        this.#ledger,
        { rule: 'store-trouble', subject: 'store', words: 'the disk takes records again' },
        turn,
      );
      return;
    }
    const title = `Records cannot be stored in "${stateDir}": ${trouble}`;
    const next = `df -h ${stateDir}; mount | grep -w ro; dmesg | tail`;
    raiseTrouble(this.#ledger, { rule: 'store-trouble', subject: 'store', title, facts: { trouble }, next }, turn);
  }

  /** Removes what every channel has told; a channel that is too far behind loses the oldest, and counts them. */
  #trimOutbox(): void {
    const { outbox } = this.#ledger;
    const floor = outbox.readySeq - waitingNotices;
    for (const channel of this.#running.channels) if (channel.cursor < floor) channel.skipTo(floor);
    const cursors = this.#running.channels.map((channel) => channel.cursor);
    outbox.trim(cursors.length === 0 ? outbox.readySeq : Math.min(...cursors));
  }

  async #retain(): Promise<void> {
    const { store, parts } = this.#ledger;
    if (store.mode === 'read' || store.trouble() !== '') return;
    await store.retain(parts.host.clock.nowMs() - (parts.keepMs ?? defaultKeepMs));
  }
}

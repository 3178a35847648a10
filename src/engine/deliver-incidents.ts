/** Channels for people: one message an incident, updates gathered, a cap an hour with a summary beyond it. */

import type { Alert, Incident } from '#model/finding.ts';
import { gravity } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';
import type { ChannelSettings } from '#model/settings.ts';
import type { ChannelState, OutboxNotice } from '#model/store.ts';
import type { Delivery } from './channel-loop.ts';
import type { Outbox } from './outbox.ts';

/** What belongs together comes within moments; one message waits this long for it. */
const settleMs = 2_000;
/** Updates of an incident that was told are gathered at least this long. */
const gatherMs = 5 * 60_000;
const hourMs = 3_600_000;
/** Incidents told that are remembered; the one told longest ago goes, and would be a new message. */
const rememberedIncidents = 500;
/** Alerts listed in one message; the incident carries the exact number. */
const listedAlerts = 50;

interface Waiting {
  incident: Incident;
  readonly alerts: Map<string, Alert>;
  readonly firstSeq: number;
  lastSeq: number;
  readonly dueMs: number;
}

/** What people are not told of: it was silenced by one of them, or is explained. */
function isQuiet(alert: Alert): boolean {
  return alert.explainedBy !== undefined || !(alert.state === 'open' || alert.state === 'closed');
}

export class IncidentDelivery implements Delivery {
  readonly #outbox: Outbox;
  readonly #settings: Pick<ChannelSettings, 'minSeverity' | 'maxPerHour'>;
  readonly #nowMs: () => number;
  readonly #waiting = new Map<string, Waiting>();
  #state: ChannelState;
  /** How far the outbox was read; the cursor stays behind while something waits to be sent. */
  #readSeq: number;
  /** Gravest of what the cap held back. */
  #heldBack: Notice | undefined;

  constructor(outbox: Outbox, start: ChannelState, at: { settings: ChannelSettings; nowMs: () => number }) {
    this.#outbox = outbox;
    this.#state = start;
    this.#readSeq = start.cursor;
    this.#settings = at.settings;
    this.#nowMs = at.nowMs;
  }

  async step(send: (notice: Notice) => Promise<void>): Promise<number> {
    this.#read();
    const nowMs = this.#nowMs();
    for (const [id, waiting] of this.#waiting) {
      if (waiting.dueMs > nowMs) continue;
      await this.#tell(waiting, send);
      this.#waiting.delete(id);
    }
    if (this.#heldBack !== undefined && this.#sentLastHour(nowMs) < this.#settings.maxPerHour)
      await this.#summary(this.#heldBack, send);
    this.#state = { ...this.#state, cursor: this.#cursor() };
    return this.#nextMs(nowMs);
  }

  state(): ChannelState {
    return this.#state;
  }

  skipTo(seq: number): void {
    if (seq <= this.#readSeq) return;
    this.#state = { ...this.#state, suppressed: this.#state.suppressed + seq - this.#readSeq, cursor: seq };
    this.#readSeq = seq;
  }

  #read(): void {
    for (;;) {
      const notices = this.#outbox.after(this.#readSeq, 500);
      for (const notice of notices) this.#take(notice);
      const last = notices.at(-1);
      if (last === undefined) return;
      this.#readSeq = last.seq;
    }
  }

  #take({ seq, alert, incident, update }: OutboxNotice): void {
    const waiting = this.#waiting.get(incident.id);
    if (waiting !== undefined) {
      waiting.incident = incident;
      waiting.lastSeq = seq;
      if (waiting.alerts.has(alert.id) || waiting.alerts.size < listedAlerts) waiting.alerts.set(alert.id, alert);
      return;
    }
    const told = this.#state.told[incident.id];
    if (told !== undefined && (told.seq >= seq || update)) return;
    if (isQuiet(alert) || gravity(alert.finding.severity) < gravity(this.#settings.minSeverity)) return;
    // The end of what nobody was told of, and of what was silenced, is no news.
    if (update && alert.state !== 'open') return;
    const nowMs = this.#nowMs();
    const dueMs = Math.max(nowMs + settleMs, told === undefined ? 0 : told.atMs + gatherMs);
    this.#waiting.set(incident.id, {
      incident,
      alerts: new Map([[alert.id, alert]]),
      firstSeq: seq,
      lastSeq: seq,
      dueMs,
    });
  }

  async #tell(waiting: Waiting, send: (notice: Notice) => Promise<void>): Promise<void> {
    const { incident, lastSeq: seq } = waiting;
    const alerts = [...waiting.alerts.values()]
      .filter((alert) => !isQuiet(alert))
      .sort((a, b) => gravity(b.finding.severity) - gravity(a.finding.severity));
    const [alert] = alerts;
    // It was silenced while it waited.
    if (alert === undefined) return;
    const update = this.#state.told[incident.id] !== undefined;
    const notice: Notice = { seq, alert, incident, update, alerts };
    if (this.#sentLastHour(this.#nowMs()) >= this.#settings.maxPerHour) {
      this.#state = { ...this.#state, suppressed: this.#state.suppressed + 1 };
      const graver =
        this.#heldBack === undefined ||
        gravity(alert.finding.severity) > gravity(this.#heldBack.alert.finding.severity);
      if (graver) this.#heldBack = notice;
      return;
    }
    await this.#send(notice, send);
  }

  async #summary(notice: Notice, send: (notice: Notice) => Promise<void>): Promise<void> {
    await this.#send(notice, send);
    this.#heldBack = undefined;
  }

  async #send(notice: Notice, send: (notice: Notice) => Promise<void>): Promise<void> {
    const { suppressed } = this.#state;
    await send({ ...notice, ...(suppressed > 0 && { suppressed }) });
    const nowMs = this.#nowMs();
    const told = Object.entries({ ...this.#state.told, [notice.incident.id]: { seq: notice.seq, atMs: nowMs } });
    told.sort((a, b) => b[1].atMs - a[1].atMs);
    this.#state = {
      ...this.#state,
      deliveredMs: nowMs,
      told: Object.fromEntries(told.slice(0, rememberedIncidents)),
      sentMs: [...this.#state.sentMs.filter((ms) => nowMs - ms < hourMs), nowMs],
      suppressed: 0,
    };
  }

  #sentLastHour(nowMs: number): number {
    return this.#state.sentMs.filter((ms) => nowMs - ms < hourMs).length;
  }

  #cursor(): number {
    let cursor = this.#readSeq;
    for (const { firstSeq } of this.#waiting.values()) cursor = Math.min(cursor, firstSeq - 1);
    return cursor;
  }

  #nextMs(nowMs: number): number {
    let nextMs = Infinity;
    for (const { dueMs } of this.#waiting.values()) nextMs = Math.min(nextMs, dueMs - nowMs);
    const oldest = this.#state.sentMs.find((ms) => nowMs - ms < hourMs);
    if (this.#heldBack !== undefined && oldest !== undefined) nextMs = Math.min(nextMs, oldest + hourMs - nowMs);
    return Math.max(nextMs, 1);
  }
}

/** Channels for people: one message an incident, updates gathered, a cap an hour with a summary beyond it. */

import type { Alert, Incident } from '#model/finding.ts';
import { gravity } from '#model/finding.ts';
import type { Notice } from '#model/notifier.ts';
import type { ChannelSettings } from '#model/settings.ts';
import type { ChannelState, OutboxNotice, ToldIncident } from '#model/store.ts';
import type { Delivery } from './channel-loop.ts';
import type { Outbox } from './outbox.ts';

/** What belongs together comes within moments; one message waits this long for it. */
const settleMs = 2_000;
/** The last message that the cap allows waits this much longer, so that it sums up what comes in a rush. */
const lastSettleMs = 8_000;
/** After the first, second … message of an incident its updates are gathered for this long, unless they are graver. */
const gatherMs = [30_000, 2 * 60_000, 5 * 60_000] as const;
const hourMs = 3_600_000;
/** Incidents told that are remembered; the one told longest ago goes, and would be a new message. */
const rememberedIncidents = 500;
/** Alerts listed in one message; the incident carries the exact number. */
const listedAlerts = 50;
/** Other incidents whose gravest alert a summary lists; the rest is counted. */
const listedOthers = 20;
/** Incidents that wait for the cap; beyond it the least grave are only counted (again after a restart). */
const waitingIncidents = 300;

interface Waiting {
  incident: Incident;
  readonly alerts: Map<string, Alert>;
  readonly firstSeq: number;
  lastSeq: number;
  dueMs: number;
}

/** What people are not told of: it was silenced by one of them, or is explained. */
function isQuiet(alert: Alert): boolean {
  return alert.explainedBy !== undefined || !(alert.state === 'open' || alert.state === 'closed');
}

/** Loud alerts of what waits, gravest first; none: it was silenced while it waited. */
function loudOf({ alerts }: Waiting): readonly Alert[] {
  return [...alerts.values()]
    .filter((alert) => !isQuiet(alert))
    .sort((a, b) => gravity(b.finding.severity) - gravity(a.finding.severity));
}

/** How grave it is; -1 when nobody is to hear of it. */
function graveness(waiting: Waiting): number {
  const [alert] = loudOf(waiting);
  return alert === undefined ? -1 : gravity(alert.finding.severity);
}

export class IncidentDelivery implements Delivery {
  readonly #outbox: Outbox;
  readonly #settings: Pick<ChannelSettings, 'name' | 'minSeverity' | 'maxPerHour'>;
  readonly #nowMs: () => number;
  readonly #waiting = new Map<string, Waiting>();
  #state: ChannelState;
  /** How far the outbox was read; the cursor stays behind while something waits to be sent. */
  #readSeq: number;

  constructor(outbox: Outbox, start: ChannelState, at: { settings: ChannelSettings; nowMs: () => number }) {
    this.#outbox = outbox;
    this.#state = start;
    this.#readSeq = start.cursor;
    this.#settings = at.settings;
    this.#nowMs = at.nowMs;
  }

  async step(send: (notice: Notice) => Promise<void>): Promise<number> {
    this.#read();
    for (const waiting of this.#due()) {
      const left = this.#left();
      if (left > 1) await this.#tell([waiting], send);
      else if (left === 1 && waiting.dueMs + lastSettleMs <= this.#nowMs()) await this.#tellLast(waiting, send);
      else break;
    }
    this.#state = { ...this.#state, cursor: this.#cursor() };
    return this.#nextMs();
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

  #take(notice: OutboxNotice): void {
    const { seq, alert, incident } = notice;
    const told = this.#state.told[incident.id];
    if (told !== undefined && told.seq >= seq) return;
    const waiting = this.#waiting.get(incident.id);
    if (waiting !== undefined) {
      waiting.incident = incident;
      waiting.lastSeq = seq;
      if (waiting.alerts.has(alert.id) || waiting.alerts.size < listedAlerts) waiting.alerts.set(alert.id, alert);
      if (!isQuiet(alert)) waiting.dueMs = Math.min(waiting.dueMs, this.#dueMs(alert, told));
      return;
    }
    if (!this.#isNews(notice, told)) return;
    const alerts = new Map([[alert.id, alert]]);
    this.#waiting.set(incident.id, { incident, alerts, firstSeq: seq, lastSeq: seq, dueMs: this.#dueMs(alert, told) });
    if (this.#waiting.size > waitingIncidents) this.#dropOne();
  }

  #isNews({ alert, update }: OutboxNotice, told: ToldIncident | undefined): boolean {
    const { severity, rule, subject } = alert.finding;
    if (isQuiet(alert) || gravity(severity) < gravity(this.#settings.minSeverity)) return false;
    // By the time that it can be told here, it is over.
    if (rule === 'channel-failing' && subject === this.#settings.name) return false;
    // The end of what nobody was told of, and of what was silenced, is no news.
    if (!update) return true;
    return alert.state === 'open' && (told === undefined || isGraver(alert, told));
  }

  /** What is graver than all that was told of the incident is told like something new. */
  #dueMs(alert: Alert, told: ToldIncident | undefined): number {
    const soonMs = this.#nowMs() + settleMs;
    if (told === undefined || isGraver(alert, told)) return soonMs;
    const times = Math.min(told.times ?? 1, gatherMs.length);
    return Math.max(soonMs, told.atMs + (gatherMs[times - 1] ?? 0));
  }

  /** Counts the least grave that waits, and of several the newest, instead of keeping it. */
  #dropOne(): void {
    let least: { readonly id: string; readonly of: number } | undefined;
    for (const [id, waiting] of this.#waiting) {
      const of = graveness(waiting);
      if (least === undefined || of <= least.of) least = { id, of };
    }
    if (least === undefined) return;
    this.#waiting.delete(least.id);
    if (least.of >= 0) this.#state = { ...this.#state, suppressed: this.#state.suppressed + 1 };
  }

  /** What is to be told now, in order; what was silenced while it waited is let go. */
  #due(): readonly Waiting[] {
    const nowMs = this.#nowMs();
    const due: Waiting[] = [];
    for (const [id, waiting] of this.#waiting) {
      if (waiting.dueMs > nowMs) continue;
      if (graveness(waiting) < 0) this.#waiting.delete(id);
      else due.push(waiting);
    }
    return due.sort((a, b) => a.dueMs - b.dueMs);
  }

  /** The last message for now: whatever waits is summed up in it, also what would be gathered a while longer. */
  async #tellLast(first: Waiting, send: (notice: Notice) => Promise<void>): Promise<void> {
    const others = [...this.#waiting.values()].filter((waiting) => waiting !== first && graveness(waiting) >= 0);
    const all = [first, ...others].sort((a, b) => graveness(b) - graveness(a));
    const [oldestMs = this.#nowMs()] = this.#sentLastHour();
    await this.#tell(all, send, oldestMs + hourMs);
  }

  /** One message: the first in full, the others by their gravest alert. */
  async #tell(all: readonly Waiting[], send: (notice: Notice) => Promise<void>, silentUntilMs?: number): Promise<void> {
    const [first, ...rest] = all;
    const alerts = first === undefined ? [] : loudOf(first);
    const [alert] = alerts;
    if (first === undefined || alert === undefined) return;
    const { incident, lastSeq: seq } = first;
    const suppressed = this.#state.suppressed + rest.length;
    const others = rest.slice(0, listedOthers).flatMap((waiting) => loudOf(waiting).slice(0, 1));
    await send({
      seq,
      alert,
      incident,
      update: this.#state.told[incident.id] !== undefined,
      alerts,
      ...(suppressed > 0 && { suppressed }),
      ...(others.length > 0 && { others }),
      ...(silentUntilMs !== undefined && { silentUntilMs }),
    });
    this.#noteTold(all);
  }

  #noteTold(all: readonly Waiting[]): void {
    const nowMs = this.#nowMs();
    const told: Record<string, ToldIncident> = { ...this.#state.told };
    for (const { incident, lastSeq, alerts } of all) {
      const before = told[incident.id];
      const severities = [...alerts.values()].map(({ finding }) => finding.severity);
      if (before?.severity !== undefined) severities.push(before.severity);
      const severity = severities.reduce((a, b) => (gravity(b) > gravity(a) ? b : a));
      told[incident.id] = { seq: lastSeq, atMs: nowMs, times: (before?.times ?? 0) + 1, severity };
      this.#waiting.delete(incident.id);
    }
    const kept = Object.entries(told)
      .sort((a, b) => b[1].atMs - a[1].atMs)
      .slice(0, rememberedIncidents);
    this.#state = {
      ...this.#state,
      deliveredMs: nowMs,
      told: Object.fromEntries(kept),
      sentMs: [...this.#sentLastHour(), nowMs],
      suppressed: 0,
    };
  }

  /** Messages of the last hour, oldest first. A clock that was set back does not lengthen the hour. */
  #sentLastHour(): readonly number[] {
    const nowMs = this.#nowMs();
    return this.#state.sentMs.filter((ms) => ms > nowMs - hourMs && ms <= nowMs);
  }

  /** Messages that the cap still allows. */
  #left(): number {
    return this.#settings.maxPerHour - this.#sentLastHour().length;
  }

  #cursor(): number {
    let cursor = this.#readSeq;
    for (const { firstSeq } of this.#waiting.values()) cursor = Math.min(cursor, firstSeq - 1);
    return cursor;
  }

  #nextMs(): number {
    const nowMs = this.#nowMs();
    let dueMs = Infinity;
    for (const waiting of this.#waiting.values()) dueMs = Math.min(dueMs, waiting.dueMs);
    if (dueMs === Infinity) return Infinity;
    const left = this.#left();
    const [oldestMs = nowMs] = this.#sentLastHour();
    const freeMs = left > 0 ? nowMs : oldestMs + hourMs;
    return Math.max(1, freeMs - nowMs, dueMs + (left > 1 ? 0 : lastSettleMs) - nowMs);
  }
}

/** Nothing is graver than what was told by an older version, which did not note how grave it was. */
function isGraver({ finding }: Alert, { severity = 'critical' }: ToldIncident): boolean {
  return gravity(finding.severity) > gravity(severity);
}

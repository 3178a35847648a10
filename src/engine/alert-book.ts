/**
 * The life of alerts: one a fingerprint while it is not closed, counted when the trouble repeats, closed when its row
 * goes. Opening lines are written at once; what moves afterwards at most once a second an alert, the last state last.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { type Alert, type AlertState, type Finding, gravity } from '#model/finding.ts';
import type { Host, PackageRun } from '#model/host.ts';
import type { Store, StoredAlert } from '#model/store.ts';
import { AlertIndex } from './alert-index.ts';
import { AlertBudget } from './budget.ts';
import { causeOf } from './cause.ts';
import { counted, deedOf, withoutRow, withRow } from './deed-rows.ts';
import { Deeds } from './deeds.ts';
import { fingerprintOf, fingerprintsOf, mergeFindings } from './fingerprint.ts';
import type { IncidentBook } from './incident-book.ts';
import type { Outbox } from './outbox.ts';
import type { QuietBook } from './quiet-book.ts';
import type { Turn } from './turn.ts';

/** The same trouble within this time of its end opens the same alert again, so that flapping stays one alert. */
export const reopenMs = 10 * 60_000;
const updateEveryMs = 1_000;
/** Ended alerts that can open again; beyond it the one that ended first is a new alert when it comes back. */
const rememberedEnds = 25_000;
/** Alerts that may end in one turn and still be found in it; turns are cut to fewer events than this. */
export const turnAlerts = 1_000;

/** Where and why an alert is raised. */
export interface Raise {
  readonly finding: Finding;
  readonly table: string;
  readonly key: string;
  readonly about: StoredAlert['about'];
  readonly explainedBy?: string | undefined;
  readonly run?: PackageRun | undefined;
  /** Rows that are learned are each an alert of their own: those without one are normal. */
  readonly learning?: boolean;
}

/** What became of a finding. */
export type Raised =
  | { readonly as: 'opened' | 'updated'; readonly alert: StoredAlert }
  | { readonly as: 'counted' | 'nothing' };

/** What a person or the clock makes of an alert. */
export interface Decision {
  readonly state: AlertState;
  readonly quieted?: StoredAlert['quieted'];
  readonly quiet?: string;
}

/** The alert as everybody else sees it. */
export function plainAlert(alert: StoredAlert): Alert {
  const { about: _about, quiet: _quiet, deed: _deed, ...told } = alert;
  return told;
}

/** What the book is kept with. */
export interface BookParts {
  readonly host: Host;
  readonly store: Store;
  readonly incidents: IncidentBook;
  readonly quiets: QuietBook;
  readonly outbox: Outbox;
}

export class AlertBook {
  readonly #parts: BookParts;
  readonly #open = new Map<string, StoredAlert>();
  readonly #found = new AlertIndex();
  readonly #deeds = new Deeds();
  /** Alerts that each turn opened, by deed. */
  readonly #ofTurn = new WeakMap<Turn, Map<string, string>>();
  readonly #ended = new BoundedMap<string, { readonly id: string; readonly atMs: number }>(rememberedEnds);
  /** Newest ended alerts: those of a turn that is not stored yet can be found nowhere else. */
  readonly #justEnded = new BoundedMap<string, StoredAlert>(turnAlerts);
  readonly #late = new Map<string, StoredAlert>();
  readonly #updatedMs = new Map<string, number>();
  /** Explained alerts and the title they were told with: the same again is counted, and told no second time. */
  readonly #explained = new BoundedMap<string, string>(turnAlerts);
  readonly #budget = new AlertBudget();

  constructor(parts: BookParts, open: readonly StoredAlert[]) {
    this.#parts = parts;
    for (const alert of open) this.#index(alert);
  }

  /** Alerts that ended shortly before we started: the same trouble opens them again. */
  remember(ended: readonly StoredAlert[]): void {
    for (const alert of ended)
      this.#ended.set(alert.fingerprint, { id: alert.id, atMs: alert.closedMs ?? alert.lastMs });
  }

  /** Everything not closed. */
  open(): IterableIterator<StoredAlert> {
    return this.#open.values();
  }

  get(id: string): StoredAlert | undefined {
    return this.#open.get(id) ?? this.#late.get(id) ?? this.#justEnded.get(id) ?? this.#parts.store.alert(id);
  }

  ofRow(table: string, key: string): readonly StoredAlert[] {
    return this.#found.ofRow(table, key).flatMap((id) => this.#open.get(id) ?? []);
  }

  /** A rule spoke: opens an alert, or moves the one that is about the same. */
  raise(raise: Raise, turn: Turn): Raised {
    const { finding } = raise;
    for (const print of fingerprintsOf(this.#parts.host.name, finding)) {
      const known = this.#find(print, turn);
      if (known === undefined || (known.fingerprint !== print && known.state !== 'open')) continue;
      // A part of something that is told now is no old trouble that came back.
      const whole = known.state === 'closed' && finding.folds !== undefined ? this.#ofSameDeed(raise, turn) : undefined;
      if (whole !== undefined) return whole;
      const raised = this.#again(known, raise, turn);
      if (known.state === 'closed') this.#noteDeed(raise, raised, turn);
      return raised;
    }
    const raised = this.#ofSameDeed(raise, turn) ?? this.#ofSameTurn(raise, turn) ?? this.#openNew(raise, turn);
    this.#noteDeed(raise, raised, turn);
    return raised;
  }

  #noteDeed(raise: Raise, raised: Raised, turn: Turn): void {
    const deed = raise.explainedBy === undefined && raise.learning !== true ? deedOf(raise) : undefined;
    if (deed === undefined || !('alert' in raised) || raised.alert.table !== raise.table) return;
    const deeds = this.#ofTurn.get(turn) ?? new Map<string, string>();
    this.#ofTurn.set(turn, deeds.set(deed, raised.alert.id));
  }

  /** Another row of the same file that changed in the same turn: one deed, whatever it did. */
  #ofSameTurn(raise: Raise, turn: Turn): Raised | undefined {
    if (raise.explainedBy !== undefined || raise.learning === true) return undefined;
    const alert = this.#open.get(this.#ofTurn.get(turn)?.get(deedOf(raise) ?? '') ?? '');
    if (alert === undefined || alert.state !== 'open') return undefined;
    if (this.#parts.quiets.match(raise.finding, turn) !== undefined) return undefined;
    const next = withRow(alert, { ...raise, fingerprint: fingerprintOf(this.#parts.host.name, raise.finding) });
    this.#found.drop(alert);
    this.#retell(next, turn, next.fingerprint !== alert.fingerprint);
    return { as: 'updated', alert: next };
  }

  /** What opened in this turn is told once, as it is at its end; what opened before moves. */
  #retell(next: StoredAlert, turn: Turn, isNews: boolean): void {
    this.#index(next);
    const incident = this.#parts.incidents.rename(next.incident, next.finding, turn);
    if (turn.amend(plainAlert(next), next)) this.#parts.outbox.amend(turn, plainAlert(next), incident);
    else this.#move(next, turn, isNews);
  }

  /** What says of a file that it changed is a part of what its change means, whichever was told first. */
  #ofSameDeed(raise: Raise, turn: Turn): Raised | undefined {
    const get = (id: string): StoredAlert | undefined => (id === '' ? undefined : this.get(id));
    const whole = this.#deeds.withPart(raise, turn.nowMs, get);
    if (whole !== undefined) {
      this.#move(whole, turn, false);
      return { as: 'updated', alert: whole };
    }
    if (raise.explainedBy !== undefined) return undefined;
    const fingerprint = fingerprintOf(this.#parts.host.name, raise.finding);
    const next = this.#deeds.takenOver({ ...raise, fingerprint }, turn.nowMs, get);
    const part = next && this.#open.get(next.id);
    if (next === undefined || part === undefined) return undefined;
    turn.history(next.id, `what it means: ${raise.finding.title}`);
    this.#found.drop(part);
    this.#retell(next, turn, true);
    return { as: 'updated', alert: next };
  }

  /** Closes what is about this row: `presence` when it went, `absence` when it came back. */
  closeRow(place: Pick<StoredAlert, 'table' | 'key' | 'about'> & { readonly words?: string }, turn: Turn): void {
    const words = place.words ?? (place.about === 'presence' ? 'it is gone' : 'it is back');
    for (const alert of this.ofRow(place.table, place.key)) {
      if (alert.about !== place.about) continue;
      const rest = withoutRow(alert, place.key);
      this.#found.drop(alert);
      if (rest === undefined) this.close(alert, turn, words);
      else this.#move(rest, turn, false);
    }
  }

  close(alert: StoredAlert, turn: Turn, words: string): void {
    if (alert.state === 'closed') return;
    turn.history(alert.id, `closed: ${words}`);
    this.#move({ ...alert, state: 'closed', closedMs: turn.nowMs, lastMs: turn.nowMs }, turn, false);
  }

  /** What was told under one key is known better under another; false when nothing was told. */
  rekey(
    place: { readonly table: string; readonly from: string; readonly to: string },
    findings: readonly Finding[],
    turn: Turn,
  ): boolean {
    const alerts = this.ofRow(place.table, place.from);
    for (const alert of alerts) {
      const finding = findings.find((found) => found.rule === alert.finding.rule);
      this.#found.drop(alert);
      const next = { ...alert, key: place.to, lastMs: turn.nowMs };
      this.#move(finding ? { ...next, finding: mergeFindings(alert.finding, finding) } : next, turn, false);
    }
    return alerts.length > 0;
  }

  isOpenSelf(rule: string, subject: string): boolean {
    return this.#found.ofPrint(fingerprintOf(this.#parts.host.name, { rule, subject })) !== undefined;
  }

  /** Closes an open alert about ourselves. */
  closeSelf(rule: string, subject: string, turn: Turn, words: string): void {
    const id = this.#found.ofPrint(fingerprintOf(this.#parts.host.name, { rule, subject }));
    const alert = id === undefined ? undefined : this.#open.get(id);
    if (alert !== undefined) this.close(alert, turn, words);
  }

  /** What a person or the clock decided: written at once. */
  decide(alert: StoredAlert, change: Decision, turn: Turn): StoredAlert {
    const { quieted: _quieted, quiet: _quiet, ...rest } = alert;
    const closed = change.state === 'closed' ? { closedMs: turn.nowMs } : {};
    const next: StoredAlert = {
      ...rest,
      ...closed,
      state: change.state,
      ...(change.quieted && { quieted: change.quieted }),
      ...(change.quiet !== undefined && { quiet: change.quiet }),
    };
    this.#move(next, turn, true);
    return next;
  }

  /** Writes updates whose second is over; returns when the next one is due (monotonic), Infinity when none waits. */
  settleLate(turn: Turn, monotonicMs: number): number {
    let nextMs = Infinity;
    for (const [id, atMs] of this.#updatedMs) {
      const late = this.#late.get(id);
      if (monotonicMs - atMs < updateEveryMs) {
        if (late !== undefined) nextMs = Math.min(nextMs, atMs + updateEveryMs);
        continue;
      }
      this.#updatedMs.delete(id);
      if (late !== undefined) this.#line(late, turn);
    }
    return nextMs;
  }

  /** Writes everything that waits, at the end. */
  settleAll(turn: Turn): void {
    for (const alert of this.#late.values()) this.#line(alert, turn);
  }

  get waits(): boolean {
    return this.#late.size > 0;
  }

  #find(fingerprint: string, turn: Turn): StoredAlert | undefined {
    const open = this.#open.get(this.#found.ofPrint(fingerprint) ?? '');
    if (open !== undefined) return open;
    const ended = this.#ended.get(fingerprint);
    return ended === undefined || turn.nowMs - ended.atMs > reopenMs ? undefined : this.get(ended.id);
  }

  #again(known: StoredAlert, raise: Raise, turn: Turn): Raised {
    const { finding } = raise;
    const ended = known.state === 'closed';
    const continues = finding.continues !== undefined;
    const over = finding.over === true || (raise.explainedBy !== undefined && ended);
    const base = ended && !over && !continues ? this.#reopened(known, finding, turn) : known;
    const next: StoredAlert = {
      ...base,
      ...(over && { state: 'closed' as const, closedMs: known.closedMs ?? turn.nowMs }),
      finding: this.#mergedInto(base, finding),
      count: known.count + (continues ? 0 : 1),
      lastMs: turn.nowMs,
    };
    this.#adoptIncident(next);
    this.#move(next, turn, false);
    return { as: 'updated', alert: next };
  }

  /** What leads a deed keeps its words; a part of it that repeats only weighs. */
  #mergedInto({ finding: before, deed, fingerprint }: StoredAlert, finding: Finding): Finding {
    if (fingerprintsOf(this.#parts.host.name, finding).includes(fingerprint))
      return counted(mergeFindings(before, finding), deed && { ...deed, title: finding.title });
    return gravity(finding.severity) > gravity(before.severity) ? { ...before, severity: finding.severity } : before;
  }

  /** The same trouble soon after its end: what was known of it then no longer holds. */
  #reopened(known: StoredAlert, finding: Finding, turn: Turn): StoredAlert {
    const { closedMs: _closed, explainedBy: _explained, quieted: _quieted, quiet: _quiet, ...rest } = known;
    turn.history(known.id, 'opened again');
    const { deed: _deed, ...alone } = rest;
    return { ...alone, state: 'open', ...this.#parts.quiets.match(finding, turn) };
  }

  #openNew(raise: Raise, turn: Turn): Raised {
    const { host, incidents, quiets } = this.#parts;
    const { finding, table, key, about, explainedBy } = raise;
    const fingerprint = fingerprintOf(host.name, finding);
    const beside = table === '' ? undefined : this.ofRow(table, key)[0];
    const cause = causeOf(finding, host, raise.run) || `alert:${fingerprint}`;
    const incident = (beside && incidents.get(beside.incident)) ?? incidents.forCause(cause, finding.title, turn);
    incidents.grow(incident.id, finding, turn);
    if (!this.#budget.take(incident.cause, host.clock.monotonicMs())) {
      this.#tellCounted(incident.id, turn);
      return { as: 'counted' };
    }
    const ends = finding.over === true || explainedBy !== undefined;
    const alert: StoredAlert = {
      id: host.clock.id(),
      fingerprint,
      incident: incident.id,
      host: host.name,
      state: ends ? 'closed' : 'open',
      finding,
      table,
      key,
      about,
      count: 1,
      firstMs: turn.nowMs,
      lastMs: turn.nowMs,
      ...(ends && { closedMs: turn.nowMs }),
      ...(explainedBy !== undefined && { explainedBy }),
      ...(!ends && quiets.match(finding, turn)),
    };
    this.#index(alert);
    incidents.follow(alert, turn);
    turn.history(alert.id, explainedBy === undefined ? 'opened' : `explained by ${explainedBy}`);
    this.#write(alert, turn, true);
    return { as: 'opened', alert };
  }

  /** Beyond the budget: the first open alert of the incident says how many were only counted. */
  #tellCounted(incident: string, turn: Turn): void {
    for (const alert of this.#open.values()) {
      if (alert.incident !== incident) continue;
      const counted = Number(alert.finding.facts['alsoCounted'] ?? 0) + 1;
      const facts = { ...alert.finding.facts, alsoCounted: counted };
      this.#move({ ...alert, finding: { ...alert.finding, facts }, lastMs: turn.nowMs }, turn, false);
      return;
    }
  }

  /** Stores an alert in memory, and on the disk at once or when its second is over. */
  #move(alert: StoredAlert, turn: Turn, atOnce: boolean): void {
    this.#index(alert);
    this.#parts.incidents.follow(alert, turn);
    const lastMs = this.#updatedMs.get(alert.id) ?? -Infinity;
    if (atOnce || this.#parts.host.clock.monotonicMs() - lastMs >= updateEveryMs) this.#line(alert, turn);
    else this.#late.set(alert.id, alert);
  }

  #line(alert: StoredAlert, turn: Turn): void {
    this.#late.delete(alert.id);
    this.#updatedMs.set(alert.id, this.#parts.host.clock.monotonicMs());
    this.#write(alert, turn, false);
  }

  #write(alert: StoredAlert, turn: Turn, opening: boolean): void {
    turn.write({ kind: 'alert', alert, opening });
    const told = plainAlert(alert);
    // Who looks on sees it all the same: a rehearsal that is played twice is seen twice.
    turn.push(told, !opening);
    if (this.#isToldExplained(alert) && !opening) return;
    const incident = this.#parts.incidents.get(alert.incident) ?? this.#parts.store.incident(alert.incident);
    if (incident !== undefined) this.#parts.outbox.add(turn, told, incident, !opening);
  }

  #isToldExplained({ id, explainedBy, finding }: StoredAlert): boolean {
    const told = this.#explained.get(id);
    if (explainedBy === undefined) this.#explained.delete(id);
    else this.#explained.set(id, finding.title);
    return explainedBy !== undefined && told === finding.title;
  }

  #index(alert: StoredAlert): void {
    this.#deeds.note(alert);
    if (alert.state === 'closed') {
      this.#open.delete(alert.id);
      this.#justEnded.set(alert.id, alert);
      this.#found.drop(alert);
      this.#ended.set(alert.fingerprint, { id: alert.id, atMs: alert.closedMs ?? alert.lastMs });
      return;
    }
    this.#open.set(alert.id, alert);
    this.#found.add(alert);
  }

  #adoptIncident(alert: StoredAlert): void {
    const { incidents, store } = this.#parts;
    if (incidents.get(alert.incident) !== undefined) return;
    const stored = store.incident(alert.incident);
    if (stored !== undefined) incidents.adopt(stored);
  }
}

/** Incidents: one notice a cause. An incident grows while its cause goes on, and closes with its last open alert. */

import type { Alert, Incident } from '#model/finding.ts';
import { gravity, type Severity } from '#model/finding.ts';
import type { Clock } from '#model/host.ts';
import type { Turn } from './turn.ts';

/** Alerts of one cause within this time of each other are one incident. */
export const incidentWindowMs = 10 * 60_000;

interface Entry {
  incident: Incident;
  readonly open: Set<string>;
  /** Gravest so far: its title stands for the incident. */
  gravest: Severity;
}

/** All incidents that can still grow. */
export class IncidentBook {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Entry>();
  readonly #byCause = new Map<string, string>();
  readonly #dirty = new Set<Entry>();

  constructor(clock: Clock, open: readonly Incident[], alerts: readonly Alert[]) {
    this.#clock = clock;
    for (const incident of open) this.#add({ incident, open: new Set(), gravest: 'info' });
    for (const alert of alerts) {
      const entry = this.#byId.get(alert.incident);
      entry?.open.add(alert.id);
      if (entry && gravity(alert.finding.severity) > gravity(entry.gravest)) entry.gravest = alert.finding.severity;
    }
  }

  /** The incident of this cause that is still growing, or a new one. */
  forCause(cause: string, title: string, turn: Turn): Incident {
    const known = this.#byId.get(this.#byCause.get(cause) ?? '');
    if (known !== undefined && turn.nowMs - known.incident.lastMs <= incidentWindowMs) return known.incident;
    const incident: Incident = {
      id: this.#clock.id(),
      cause,
      title,
      state: 'closed',
      count: 0,
      firstMs: turn.nowMs,
      lastMs: turn.nowMs,
    };
    this.#add({ incident, open: new Set(), gravest: 'info' });
    return incident;
  }

  get(id: string): Incident | undefined {
    return this.#byId.get(id)?.incident;
  }

  /** An incident read back from the store grows again. */
  adopt(incident: Incident): void {
    if (!this.#byId.has(incident.id)) this.#add({ incident, open: new Set(), gravest: 'info' });
  }

  /** An alert joined it; `counted` ones have no alert of their own. */
  grow(id: string, finding: { readonly severity: Severity; readonly title: string }, turn: Turn): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    const graver = entry.incident.count === 0 || gravity(finding.severity) > gravity(entry.gravest);
    if (graver) entry.gravest = finding.severity;
    const title = graver ? finding.title : entry.incident.title;
    this.#change(entry, { title, count: entry.incident.count + 1, lastMs: turn.nowMs });
  }

  /** One of its alerts has other words now; gives the incident as it is then. */
  rename(
    id: string,
    finding: { readonly severity: Severity; readonly title: string },
    turn: Turn,
  ): Incident | undefined {
    const entry = this.#byId.get(id);
    if (entry === undefined) return undefined;
    if (entry.incident.count === 1 || gravity(finding.severity) > gravity(entry.gravest)) {
      entry.gravest = finding.severity;
      this.#change(entry, { title: finding.title, lastMs: turn.nowMs });
    }
    return entry.incident;
  }

  /** Keeps the state in step with one of its alerts. */
  follow(alert: Alert, turn: Turn): void {
    const entry = this.#byId.get(alert.incident);
    if (entry === undefined) return;
    if (alert.state === 'closed') entry.open.delete(alert.id);
    else entry.open.add(alert.id);
    const state = entry.open.size === 0 ? 'closed' : 'open';
    if (state !== entry.incident.state) this.#change(entry, { state, lastMs: turn.nowMs });
  }

  /** Writes what moved in this turn, before the notices that speak of it. */
  settle(turn: Turn): void {
    for (const entry of this.#dirty) {
      turn.write({ kind: 'incident', incident: entry.incident });
    }
    this.#dirty.clear();
  }

  /** Forgets closed ones that can no longer grow. */
  prune(nowMs: number): void {
    for (const [id, { incident, open }] of this.#byId) {
      if (open.size > 0 || nowMs - incident.lastMs <= incidentWindowMs) continue;
      this.#byId.delete(id);
      if (this.#byCause.get(incident.cause) === id) this.#byCause.delete(incident.cause);
    }
  }

  #add(entry: Entry): void {
    this.#byId.set(entry.incident.id, entry);
    this.#byCause.set(entry.incident.cause, entry.incident.id);
  }

  #change(entry: Entry, change: Partial<Incident>): void {
    entry.incident = { ...entry.incident, ...change };
    this.#dirty.add(entry);
  }
}

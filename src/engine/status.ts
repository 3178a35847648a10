/** What the status sentence is made of, and the changes that are open. */

import type { Alert, Incident } from '#model/finding.ts';
import { gravity, signOf } from '#model/finding.ts';
import { blindOf, distinctGaps } from '#model/gap.ts';
import type { OpenChange, Status } from '#model/verbs.ts';
import { plainAlert } from './alert-book.ts';
import type { Running } from './running.ts';

const dayMs = 86_400_000;
/** Alerts listed of one incident; the incident carries the exact number. */
const listedAlerts = 50;
/** Alerts of one incident, and ended ones, that an answer may hold: some 2 KB each. */
const mostAlerts = 10_000;
const mostEnded = 50_000;

/** The state of the watch now. */
export function statusOf(running: Running): Status {
  const { ledger, sensors, channels } = running;
  const { host, version } = ledger.parts;
  const nowMs = host.clock.nowMs();
  const statuses = sensors.map((sensor) => sensor.status());
  const base = ledger.baseline.version;
  const looks = sensors.filter((sensor) => sensor.lastLookMs > 0).map((sensor) => sensor.lastLookMs);
  return {
    host: host.name,
    version,
    nowMs,
    startedMs: running.startedMs,
    watching: running.startedMs !== 0,
    baseline: base && { version: base.version, madeMs: base.madeMs, rows: base.rows },
    facts: statuses.reduce((sum, status) => sum + status.rows, 0),
    checkedMs: looks.length === 0 ? 0 : Math.min(...looks),
    ...openOf(ledger.alerts.open()),
    explained24h: ledger.store.countAlerts({ sinceMs: nowMs - dayMs, explained: true }),
    sensors: statuses,
    blind: distinctGaps(statuses.flatMap((status) => blindOf(status.gaps))),
    channels: channels.map((channel) => channel.status()),
    chain: ledger.store.chain(),
    web: running.web,
  };
}

/** Counts open alerts by sign, and those that somebody silenced. */
export function openOf(alerts: Iterable<Alert>): Pick<Status, 'open' | 'quieted'> {
  const open = { act: 0, watch: 0, note: 0 };
  let quieted = 0;
  for (const { state, finding } of alerts) {
    const sign = signOf(finding.severity);
    if (state !== 'open') quieted += 1;
    else if (sign !== 'settled') open[sign] += 1;
  }
  return { open, quieted };
}

/** Incidents with something open in them, gravest and newest first; `all`: also what ended since `sinceMs`. */
export function changesOf(
  running: Running,
  want: { readonly all: boolean; readonly sinceMs: number; readonly limit: number; readonly each?: number },
): OpenChange[] {
  const { ledger } = running;
  const each = Math.min(want.each ?? listedAlerts, mostAlerts);
  const byIncident = new Map<string, Map<string, Alert>>();
  const put = (alert: Alert): void => {
    const alerts = byIncident.get(alert.incident);
    if (alerts === undefined) byIncident.set(alert.incident, new Map([[alert.id, alert]]));
    else alerts.set(alert.id, alert);
  };
  for (const alert of ledger.alerts.open()) if (want.all || alert.state === 'open') put(plainAlert(alert));
  if (want.all) {
    // Those still open are known better in memory: the disk may be a second behind.
    const limit = Math.min(want.limit * each, mostEnded);
    for (const alert of ledger.store.alerts({ sinceMs: want.sinceMs, limit }))
      if (alert.state === 'closed') put(plainAlert(ledger.alerts.get(alert.id) ?? alert));
  }
  const changes: OpenChange[] = [];
  for (const [id, alerts] of byIncident) {
    const incident = ledger.incidents.get(id) ?? ledger.store.incident(id);
    if (incident !== undefined) changes.push({ incident, alerts: [...alerts.values()].sort(graver).slice(0, each) });
  }
  return changes.sort((a, b) => byGravity(a) - byGravity(b) || newer(a.incident, b.incident)).slice(0, want.limit);
}

function graver(a: Alert, b: Alert): number {
  return gravity(b.finding.severity) - gravity(a.finding.severity) || b.lastMs - a.lastMs;
}

function byGravity({ alerts }: OpenChange): number {
  const [first] = alerts;
  return first === undefined ? 0 : -gravity(first.finding.severity);
}

function newer(a: Incident, b: Incident): number {
  return b.lastMs - a.lastMs;
}

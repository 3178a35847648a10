/** An incident in words: what joins its alerts, and all of them gravest first. */

import { harmless, shorten, visible } from '#lib/escape.ts';
import { plural, thousands } from '#lib/plural.ts';
import type { Alert, Incident } from '#model/finding.ts';
import type { OpenChange } from '#model/verbs.ts';
import { alertBlock, alertLine, type View } from './alert.ts';
import { glyph, gravestSign } from './sign.ts';

/** The title, harmless and bounded. */
export function incidentTitle(incident: Incident): string {
  return shorten(harmless(incident.title), 300);
}

/** What joins the alerts of an incident, from its cause: "one login session"; "" for an alert that stands alone. */
export function causeWords(incident: Incident): string {
  const [kind = '', rest = ''] = incident.cause.split(/:(.*)/s);
  const words: Readonly<Record<string, string>> = {
    parent: 'one parent process',
    process: 'one process',
    session: `one login session (${shorten(visible(rest), 40)})`,
    'package-run': 'one package run',
  };
  return words[kind] ?? '';
}

/** "3 alerts, all of one parent process." and, where not all are listed, how many are not. */
function incidentSummary(incident: Incident, listed: number): string {
  const cause = causeWords(incident);
  const joined = cause === '' || incident.count < 2 ? '' : `, all of ${cause}`;
  const more = incident.count > listed ? `; ${thousands(incident.count - listed)} not listed here` : '';
  return `${plural(incident.count, 'alert')}${joined}${more}.`;
}

/** Title and summary; where the title only repeats that of the first alert, the summary alone. */
export function incidentHead(incident: Incident, alerts: readonly Alert[]): readonly string[] {
  const summary = incidentSummary(incident, alerts.length);
  return incident.title === alerts[0]?.finding.title ? [summary] : [incidentTitle(incident), summary];
}

/** One line an alert; a title line above them where there are several. */
export function changeLines(change: OpenChange, view: View): readonly string[] {
  const [only] = change.alerts;
  if (change.incident.count <= 1 && only) return [alertLine(only, view)];
  return [
    `${glyph(gravestSign(change.alerts), view.ascii)} ${incidentTitle(change.incident)}: ${incidentSummary(change.incident, change.alerts.length)}`,
    ...change.alerts.map((alert) => `  ${alertLine(alert, view)}`),
  ];
}

/** The incident with every listed alert as a block. */
export function incidentBlock(incident: Incident, alerts: readonly Alert[], view: View): string {
  const blocks = alerts.map((alert) => alertBlock(alert, view)).join('\n\n');
  if (incident.count <= 1) return blocks;
  return `${incidentHead(incident, alerts).join('\n')}\n\n${blocks}`;
}

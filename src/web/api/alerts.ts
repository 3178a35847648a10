/** Alerts as the page shows them; the words come from views. */

import { harmless, shorten, visible } from '#lib/escape.ts';
import { pluralWords } from '#lib/plural.ts';
import { type Alert, whyAlone } from '#model/finding.ts';
import type { Cell } from '#model/table.ts';
import type { OpenChange, Verbs } from '#model/verbs.ts';
import { abuseDoubt, abuseReport } from '#views/abuse-report.ts';
import { alertParts, stateWords, titleOf, type View } from '#views/alert.ts';
import { causeWords } from '#views/incident.ts';
import { signOfAlert } from '#views/sign.ts';
import { moment } from '#views/time.ts';
import { belongsWords, commandWords, whoWords } from '#views/who.ts';
import { fieldLabel } from '../label.ts';
import type { AlertPage, AlertView, ChangeView } from './shapes.ts';

const MAX_TEXT = 1000;
/** Smaller numbers are durations: the year 2001. */
const LONG_AGO_MS = 1_000_000_000_000;
/** Labels that the page sets apart from the rest of the words. */
const SET_APART = new Set(['why', 'as', 'from', 'accept']);

/** Tables of which a row is a program's doing; elsewhere "who" is only who wrote it, and "anything of dash" is no acceptance. */
const OF_PROGRAMS: ReadonlySet<string> = new Set(['sockets', 'programs', 'odd-processes', 'ebpf', 'namespaces']);

/** One alert for a list. */
export function alertView(alert: Alert, view: View): AlertView {
  const { who } = alert.finding;
  return {
    id: alert.id,
    rule: alert.finding.rule,
    sign: signOfAlert(alert),
    title: titleOf(alert),
    why: shorten(harmless(alert.finding.why), MAX_TEXT),
    who: who === undefined ? '' : whoWords(who, view.timeZone),
    parents: who === undefined ? '' : belongsWords(who),
    state: alert.state === 'open' && alert.explainedBy === undefined ? '' : stateWords(alert, view),
    quieted: alert.quieted !== undefined && alert.state !== 'open' && alert.state !== 'closed',
    count: alert.count,
    firstMs: alert.firstMs,
    lastMs: alert.lastMs,
    ...(OF_PROGRAMS.has(alert.table) && whyAlone(alert.finding) === undefined
      ? widenedBy(who)
      : { program: '', package: '' }),
  };
}

function widenedBy(who: Alert['finding']['who']): Pick<AlertView, 'program' | 'package'> {
  return { program: visible(who?.exe ?? ''), package: visible(who?.package ?? '') };
}

/** What belongs together; a group of one needs no heading. */
export function changeView({ incident, alerts }: OpenChange, view: View): ChangeView {
  const cause = causeWords(incident);
  const heading =
    incident.count < 2 ? '' : `${pluralWords(incident.count, 'change')}${cause === '' ? '' : ` from ${cause}`}`;
  return {
    id: incident.id,
    title: shorten(harmless(incident.title), 300),
    cause: heading,
    count: incident.count,
    alerts: alerts.map((alert) => alertView(alert, view)),
  };
}

/** One alert, whole, from the answer of `show`. */
export function alertPage(shown: Verbs['show']['result'], view: View, zone: string): AlertPage {
  const { alert, others, history } = shown;
  const { who, facts, attack, source } = alert.finding;
  const itself = who === undefined ? [] : [commandWords(who) || visible(who.exe || who.comm)];
  return {
    zone,
    nowMs: view.nowMs,
    alert: alertView(alert, view),
    parts: alertParts(alert, view)
      .filter((part) => !SET_APART.has(part.label))
      .map((part) => ({ label: part.label, text: part.text, paste: part.paste === true })),
    chain: who === undefined ? [] : [...who.parents.map((parent) => visible(parent)).toReversed(), ...itself],
    facts: Object.entries(facts).map(([name, cell]) => factView(name, cell, zone)),
    attack: attack ?? [],
    source: facts['decoy'] === true ? '' : visible(source?.ip ?? ''),
    letter: letterOf(alert, view),
    others: others.slice(0, 50).map((other) => alertView(other, view)),
    history: history.slice(-200).map(({ timeMs, words }) => ({ timeMs, words: shorten(harmless(words), MAX_TEXT) })),
  };
}

/** Only of attacks from outside: a connection's peer may be the victim. */
function letterOf(alert: Alert, { nowMs }: View): AlertPage['letter'] {
  const text = alert.table === 'scans' ? abuseReport(alert, { nowMs }) : undefined;
  return text === undefined ? undefined : { text: text.trimEnd(), doubt: abuseDoubt(alert) };
}

/** Times (in milliseconds since 1970) are said as times: "first ms 1795247609833" tells nobody anything. */
function factView(name: string, cell: Cell, zone: string): AlertPage['facts'][number] {
  const label = fieldLabel(visible(name));
  // Titles of what belongs to it: what is from outside in them is visible already.
  if (name === 'also' && Array.isArray(cell))
    return { name: label, value: shorten(cell.map((title) => harmless(String(title))).join('; '), MAX_TEXT) };
  if (!label.endsWith(' ms') || typeof cell !== 'number' || cell < LONG_AGO_MS)
    return { name: label, value: cellText(cell) };
  return { name: label.slice(0, -' ms'.length), value: moment(cell, zone) };
}

/** A cell as one harmless line. */
export function cellText(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  return shorten(visible(Array.isArray(cell) ? cell.join(', ') : String(cell)), MAX_TEXT);
}

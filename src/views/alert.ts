/** One alert in words: a line, and a block that says who, when, why, what next and how to accept it. */

import { harmless, shorten, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shortId } from '#lib/short-id.ts';
import type { Alert, AlertState } from '#model/finding.ts';
import { spelt, withoutGone } from './next-steps.ts';
import { glyph, signOfAlert } from './sign.ts';
import { ago, moment } from './time.ts';
import { belongsWords, commandWords, parentWords, sourceWords, whoWords } from './who.ts';
import { wrap } from './wrap.ts';

const MAX_TITLE = 300;
const MAX_TEXT = 2000;

/** How an alert is shown; width in characters, the zone as an IANA name (default: this machine's). */
export interface View {
  readonly nowMs: number;
  readonly ascii?: boolean;
  readonly width?: number;
  readonly timeZone?: string;
  /** For what is kept and read later (mails): no "12 s ago". */
  readonly record?: boolean;
  /** What to type for this program where "telltale" is not found: "bin/telltale". */
  readonly command?: string;
}

/** A labelled line of a block; `paste` lines are commands and are never broken. */
export interface AlertPart {
  readonly label: string;
  readonly text: string;
  readonly paste?: boolean;
}

/** The title, harmless and bounded. */
export function titleOf(alert: Alert): string {
  return shorten(harmless(alert.finding.title), MAX_TITLE);
}

/** "open", "closed today 02:16", "accepted by root: replica, ticket 4411", "explained: apt run …". */
export function stateWords(alert: Alert, view: View): string {
  if (alert.explainedBy !== undefined) return `explained: ${harmless(alert.explainedBy)}`;
  const words: Readonly<Record<AlertState, string>> = {
    open: 'open',
    acknowledged: 'seen',
    accepted: 'accepted',
    muted: 'muted',
    closed: alert.closedMs === undefined ? 'closed' : `closed ${pastWords(alert.closedMs, view)}`,
  };
  const quieted = alert.quieted;
  if (!quieted || alert.state === 'open' || alert.state === 'closed') return words[alert.state];
  const until = quieted.untilMs > 0 ? ` until ${moment(quieted.untilMs, view.timeZone)}` : '';
  return `${words[alert.state]} by ${visible(quieted.by)}${until}: ${shorten(visible(quieted.reason), MAX_TITLE)}`;
}

/** The command that accepts it as normal, to paste. */
function acceptCommand(alert: Alert, command = 'telltale'): string {
  return `${command} accept ${visible(shortId(alert.id))} -m 'reason'`;
}

/** One line: sign, short id, title, how often, when, state where it is not open. */
export function alertLine(alert: Alert, view: View): string {
  const often = alert.count > 1 ? ` (${plural(alert.count, 'time')})` : '';
  const state = alert.state === 'open' && alert.explainedBy === undefined ? '' : `, ${stateWords(alert, view)}`;
  const when = ago(alert.lastMs, view.nowMs, view.timeZone);
  return `${glyph(signOfAlert(alert), view.ascii)} ${visible(shortId(alert.id))}  ${titleOf(alert)}${often}, ${when}${state}`;
}

/** The labelled parts of an alert under its title: text that is harmless on a terminal, in plain mail and in a page. */
export function alertParts(alert: Alert, view: View): readonly AlertPart[] {
  const { who, source, why, next } = alert.finding;
  const parts: AlertPart[] = [];
  const add = (label: string, text: string, paste = false): void => {
    if (text !== '') parts.push({ label, text, paste });
  };
  if (who) {
    add('who', whoWords(who, view.timeZone));
    add('as', commandWords(who));
    add('from', parentWords(who));
    add('in', belongsWords(who));
  }
  if (source) add('peer', sourceWords(source));
  add('when', whenWords(alert, view));
  const state = stateWords(alert, view);
  if (state !== 'open') add('state', state);
  add('why', shorten(harmless(why), MAX_TEXT));
  const steps = alert.state === 'closed' ? withoutGone(next) : next;
  add('next', shorten(harmless(spelt(steps, view.command)), MAX_TEXT), true);
  if (alert.state === 'open' || alert.state === 'acknowledged') add('accept', acceptCommand(alert, view.command), true);
  return parts;
}

/** The whole alert as lines of text, without a newline at the end. */
export function alertBlock(alert: Alert, view: View): string {
  const width = view.width ?? 78;
  const lines = wrap(titleOf(alert), width - 2).map((line, index) =>
    index === 0 ? `${glyph(signOfAlert(alert), view.ascii)} ${line}` : `  ${line}`,
  );
  for (const part of alertParts(alert, view)) {
    const texts = part.paste === true ? [part.text] : wrap(part.text, width - 10);
    lines.push(...texts.map((text, index) => `  ${(index === 0 ? part.label : '').padEnd(7)} ${text}`));
  }
  const text = lines.join('\n');
  return view.ascii === true ? text.replaceAll(' ← ', ' <- ').replaceAll('…', '...') : text;
}

/** "21 November 2026, 02:14:31 +01:00 (12 s ago)", and the last time where it came again. */
function whenWords(alert: Alert, view: View): string {
  const near = view.record === true ? '' : ` (${ago(alert.firstMs, view.nowMs, view.timeZone)})`;
  const first = `${moment(alert.firstMs, view.timeZone)}${near}`;
  if (alert.count <= 1) return first;
  return `${first}, ${plural(alert.count, 'time')}, last ${pastWords(alert.lastMs, view)}`;
}

/** Relative, or absolute where it is kept. */
function pastWords(ms: number, view: View): string {
  return view.record === true ? moment(ms, view.timeZone) : ago(ms, view.nowMs, view.timeZone);
}

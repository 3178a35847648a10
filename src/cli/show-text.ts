/** Lays words out on our terminal: signs in their colours, lists of changes, hints. */

import { harmless, shorten, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shortId } from '#lib/short-id.ts';
import { displayWidth } from '#lib/text-table.ts';
import type { Alert, Sign } from '#model/finding.ts';
import { distinctGaps, type Gap } from '#model/gap.ts';
import type { OpenChange } from '#model/verbs.ts';
import { stateWords, titleOf, type View } from '#views/alert.ts';
import { gapWords, gathered } from '#views/gap.ts';
import { causeWords } from '#views/incident.ts';
import { glyph, gravestSign, signOfAlert } from '#views/sign.ts';
import { ago } from '#views/time.ts';
import { wrap } from '#views/wrap.ts';
import { ownCommand, typed } from './command-name.ts';
import type { Terminal } from './terminal.ts';

/** How views are to show things on this terminal. */
export function viewOn(terminal: Terminal, nowMs = Date.now()): View & { readonly width: number } {
  return { nowMs, ascii: terminal.ascii, width: terminal.width ?? 100, command: ownCommand() };
}

/** The glyph of a sign in its colour. */
export function signOn(terminal: Terminal, sign: Sign): string {
  return terminal.paint(sign, glyph(sign, terminal.ascii));
}

const SIGNS: readonly Sign[] = ['act', 'watch', 'note', 'settled'];

/** Colours the sign that a line of a view begins with. */
export function paintSigns(terminal: Terminal, text: string): string {
  if (!terminal.colour) return text;
  return text
    .split('\n')
    .map((line) => {
      const sign = SIGNS.find((candidate) => line.trimStart().startsWith(`${glyph(candidate, terminal.ascii)} `));
      if (sign === undefined) return line;
      const mark = glyph(sign, terminal.ascii);
      return line.replace(mark, terminal.paint(sign, mark));
    })
    .join('\n');
}

/**
 * A paragraph of our words, broken at the terminal's width, its further lines (and with `first` the first as well) set
 * in by `indent` cells; in a pipe on one line.
 */
export function paragraph(terminal: Terminal, text: string, indent = 0, first = false): string {
  const words = typed(text);
  const margin = ' '.repeat(indent);
  if (terminal.width === undefined) return (first ? margin : '') + words;
  const lines = wrap(words, Math.min(terminal.width, 100) - indent);
  return (first ? margin : '') + lines.join(`\n${margin}`);
}

/**
 * The lines of open changes. On a terminal one block an incident, at most `limit` alerts of each; in a pipe one plain
 * record an alert: sign, id, time, rule, title.
 */
export function changeLinesOn(terminal: Terminal, changes: readonly OpenChange[], limit: number): readonly string[] {
  if (terminal.width === undefined) return changes.flatMap(({ alerts }) => alerts.map(recordLine));
  const view = viewOn(terminal);
  return changes.flatMap((change) => {
    const cause = causeWords(change.incident);
    const shown = change.alerts.slice(0, limit);
    // The rest of an incident may have ended, or is beyond what an answer lists.
    if (change.alerts.length <= 1) return shown.flatMap((alert) => alertLines(terminal, alert, view, 1));
    const head = `${plural(change.alerts.length, 'change')}${cause === '' ? ' that belong together' : ` from ${cause}`}`;
    const cut = change.alerts.length - shown.length;
    const unlisted = change.incident.count - change.alerts.length;
    return [
      ` ${signOn(terminal, gravestSign(change.alerts))} ${terminal.paint('strong', head)}`,
      ...shown.flatMap((alert) => alertLines(terminal, alert, view, 3)),
      ...(cut > 0 ? [`     and ${cut} more: ${typed('telltale changes')}`] : []),
      ...(unlisted > 0
        ? [`     and ${unlisted} that ended or are only counted: ${typed('telltale changes --all')}`]
        : []),
    ];
  });
}

/** Stands for a space at which no line may be broken; made visible in all text from outside, so never there before. */
const HELD = '\u00a0';

function alertLines(
  terminal: Terminal,
  alert: Alert,
  view: View & { width: number },
  indent: number,
): readonly string[] {
  const sign = signOfAlert(alert);
  const often = alert.count > 1 ? ` (${alert.count}${terminal.ascii ? 'x' : '×'})` : '';
  const open = alert.state === 'open' && alert.explainedBy === undefined;
  // In one piece: "5 s" at the end of a line and "ago" on the next are hard to read.
  const when = ago(alert.lastMs, view.nowMs).replaceAll(' ', HELD);
  const tail = `${often}, ${when}${open ? '' : `; ${stateWords(alert, view)}`}`;
  const left = indent + 2 + 8;
  const lines = wrap(titleOf(alert) + tail, Math.max(20, view.width - left)).map((line) => line.replaceAll(HELD, ' '));
  const [first = '', ...rest] = lines;
  const id = terminal.paint('faint', shortId(alert.id));
  return [
    `${' '.repeat(indent)}${signOn(terminal, sign)} ${id}  ${first}`,
    ...rest.map((line) => ' '.repeat(left) + line),
  ];
}

function recordLine(alert: Alert): string {
  const { rule, title } = alert.finding;
  const time = new Date(alert.lastMs).toISOString();
  return [signOfAlert(alert), shortId(alert.id), time, alert.state, rule, shorten(harmless(title), 2000)].join('\t');
}

/** Lines on what could not be seen, one a thing. */
export function gapLines(gaps: readonly Gap[]): readonly string[] {
  return distinctGaps(gaps).map(gapLine);
}

function gapLine(gap: Gap): string {
  const next = gap.next === undefined ? '' : `. ${typed(visible(gap.next))}`;
  return `${gap.reduced === true ? 'reduced' : 'could not look'}: ${gapWords(gap)}${next}`;
}

/** Says on the second output what could not be seen, files with the same trouble in one line. */
export function tellGaps(terminal: Terminal, gaps: readonly Gap[]): void {
  for (const gap of gathered(distinctGaps(gaps))) terminal.err(paragraph(terminal, gapLine(gap), 2));
}

/** The next command to type, set apart. */
export function nextOn(terminal: Terminal, command: string): string {
  return `${terminal.paint('faint', 'Next:')} ${typed(command)}`;
}

/** Pads text to `width` cells. */
export function padTo(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

/** One scan as the page shows it: who, how, what answered, how sure that is, and what stands against it. */

import { shorten, visible } from '#lib/escape.ts';
import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';
import { joinWords, plural, thousands } from '#lib/plural.ts';
import type { Alert } from '#model/finding.ts';
import type { Block } from '#model/responder.ts';
import type { Cell } from '#model/table.ts';
import type { ShownScan } from '#model/verbs.ts';
import { stateWords, titleOf } from '#views/alert.ts';
import { howWords } from '#views/block.ts';
import { laterWords, senderWords } from '#views/sender.ts';
import { signOfAlert } from '#views/sign.ts';
import { cellText } from './alerts.ts';
import { openPorts, portSpans } from './scan-places.ts';
import type { ScanView } from './scan-shapes.ts';

/** When it is shown, and in which zone times are said. */
export interface When {
  readonly nowMs: number;
  readonly zone: string;
}

/** Forms that are one sender's doing. */
const ONE_SENDER: ReadonlySet<string> = new Set(['scan', 'return', 'login']);
const LISTED_MAX = 8;
const MAX_NAME = 120;

/** How sure the sender is, as table `scans` says it. */
const verdicts: Readonly<Record<string, string>> = {
  confirmed: 'It completed a handshake: the address is not forged.',
  alive: 'Something at that address reacted to our answers.',
  unconfirmed: 'The sender may be forged.',
  silent: 'Nothing at that address reacted to our answers: it may be forged.',
  forged: 'The sender is most likely forged.',
  decoys: 'One of these senders is real, the others are forged.',
  ours: 'It comes from this host.',
};

/** The row has newer numbers than the alert while it goes on; afterwards the facts of the alert hold the totals. */
export function scanView({ alert, row, dots, block, later }: ShownScan, when: When): ScanView {
  const { facts } = alert.finding;
  const cell = (name: string): Cell | undefined => row?.[name] ?? facts[name];
  const text = (name: string): string => cellText(cell(name));
  const number = (name: string, otherwise = 0): number => Number(cell(name) ?? otherwise);
  const form = text('form');
  const learned = listOf(cell('learned'));
  const firstMs = number('firstMs', alert.firstMs);
  const lastMs = Math.max(firstMs, number('lastMs', alert.lastMs));
  const ports = text('ports');
  return {
    id: alert.id,
    sign: signOfAlert(alert),
    source: shorten(visible(sourceOf(alert)), MAX_NAME),
    outbound: form === 'outbound',
    inside: form === 'login',
    how: howOf(alert, text('words'), text('option')),
    also: listOf(cell('also')),
    score: text('score'),
    tried: ports,
    ports: number('tried'),
    learned,
    verdict: verdictOf(text('verdict'), text('likely')),
    between: betweenOf(form, listOf(cell('addresses')), listOf(cell('targets'))),
    who: form === 'outbound' ? '' : shorten(visible(senderWords({ ...facts, ...row })), MAX_NAME * 2),
    later: laterWords(later),
    going: alert.state !== 'closed',
    state: stateOf(alert, when),
    firstMs,
    lastMs,
    block: block && blockOf(block),
    blockable: ONE_SENDER.has(form) && !isShut(block) ? targetOf(sourceOf(alert)) : '',
    picture: { dots: placed(dots, { firstMs, lastMs }), ports: portSpans(ports), open: openPorts(learned) },
  };
}

/** The first few, and how many more. */
export function listed(all: readonly string[]): readonly string[] {
  if (all.length <= LISTED_MAX) return all;
  return [...all.slice(0, LISTED_MAX), `${thousands(all.length - LISTED_MAX)} more`];
}

/** The address; of what has none, its name: the subject is namespace, form and source. */
function sourceOf({ finding }: Alert): string {
  return finding.source?.ip ?? finding.subject.split(' ').slice(2).join(' ');
}

function stateOf(alert: Alert, when: When): string {
  const said = alert.state === 'open' || alert.state === 'closed';
  return said ? '' : stateWords(alert, { ...when, timeZone: when.zone });
}

/** "SYN scan (nmap -sS)"; the facts of an ended scan hold no words, but its title begins with them. */
function howOf(alert: Alert, words: string, option: string): string {
  if (words === '') return shorten(titleOf(alert).split(/ from (?=[0-9a-f.:]+:)|, |: /, 1)[0] ?? '', MAX_NAME);
  return option === '' ? words : `${words} (nmap ${option})`;
}

function verdictOf(verdict: string, likely: string): string {
  const words = verdicts[verdict] ?? '';
  return likely === '' ? words : `${words} The real one is most likely ${likely}.`;
}

function betweenOf(form: string, addresses: readonly string[], targets: readonly string[]): string {
  if (form === 'outbound') return targets.length === 0 ? '' : `It scans ${joinWords(listed(targets))}.`;
  const senders = addresses.length > 1 ? `From ${joinWords(listed(addresses))}.` : '';
  const ours = plural(targets.length, 'of our addresses', 'of our addresses');
  return [senders, targets.length > 1 ? `It tried ${ours}.` : ''].filter((part) => part !== '').join(' ');
}

function blockOf(block: Block): NonNullable<ScanView['block']> {
  const how = howWords(block);
  const { sinceMs, untilMs } = block;
  return { target: visible(block.target), words: how === 'dropped' ? 'blocked' : how, sinceMs, untilMs };
}

/** The newest probe is as old as the row says; the others lie before it. */
function placed(dots: ShownScan['dots'], span: { firstMs: number; lastMs: number }): ScanView['picture']['dots'] {
  let latest = 0;
  for (const [afterMs] of dots) latest = Math.max(latest, afterMs);
  const startMs = Math.max(0, span.lastMs - span.firstMs - latest);
  return dots.map(([afterMs, lane, port]) => [Math.round(startMs + afterMs), lane, port]);
}

/** Nothing of it comes in already; who is only slowed down, or would be blocked, can still be blocked by hand. */
function isShut(block: Block | undefined): boolean {
  return block?.state === 'active' && block.kind === 'drop';
}

/** What would be blocked by hand: an address or network, "" for anything else. */
function targetOf(source: string): string {
  const prefix = parsePrefix(source);
  return isPrefix(prefix) ? prefix.text : '';
}

function listOf(cell: Cell | undefined): readonly string[] {
  return Array.isArray(cell) ? cell.map((one: string) => shorten(visible(one), MAX_NAME)) : [];
}

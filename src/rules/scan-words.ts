/** Words about a scan that all its rules share: who, how, what it learned, how sure that is, and what to type next. */

import { formatDuration } from '#lib/duration.ts';
import { shorten, visible } from '#lib/escape.ts';
import { plural } from '#lib/plural.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Severity, Who } from '#model/finding.ts';
import type { Judgement } from '#model/sensor.ts';
import type { Cell } from '#model/table.ts';
import type { ScanRow } from '#sensors/scan-table.ts';

/** The row of a scan that came or went; `over` when it went. Undefined for what is no news. */
export function scanOf({ change }: Judgement<ScanRow>): { readonly row: ScanRow; readonly over: boolean } | undefined {
  if (change.type === 'added') return { row: change.after, over: false };
  return change.type === 'removed' ? { row: change.before, over: true } : undefined;
}

/** "SYN scan (nmap -sS)". */
export function technique(row: ScanRow): string {
  return row.option === '' ? row.words : `${row.words} (nmap ${row.option})`;
}

/** "17 of 18 ports closed, 1 open", or once it is over with how many packets in which time. */
export function outcome(row: ScanRow, over: boolean): string {
  const place = row.namespace === 'host' ? '' : ` in ${visible(row.namespace)}`;
  const unseen = row.unseen > 0 ? `, ${plural(row.unseen, 'packet')} not seen` : '';
  if (!over) return `${row.score}${place}${unseen}`;
  const tookMs = Math.max(0, row.lastMs - row.firstMs);
  const took = tookMs < 1000 ? 'less than a second' : formatDuration(Math.floor(tookMs / 1000) * 1000);
  return `${row.score}${place}${unseen}; over after ${plural(row.probes, 'packet')} in ${took}`;
}

/** What such a scan tells the one who makes it. */
const learns: Readonly<Record<string, string>> = {
  syn: 'It finds open ports without completing a connection, so no service writes a log.',
  connect: 'It finds open ports by ordinary connections.',
  fin: 'Closed ports answer RST and open ones do not, also behind filters that only stop SYN.',
  null: 'Closed ports answer RST and open ones do not, also behind filters that only stop SYN.',
  xmas: 'Closed ports answer RST and open ones do not, also behind filters that only stop SYN.',
  odd: 'Flags that never go together find filters and systems that treat them differently.',
  ack: 'It tells which ports the packet filter lets through; on some systems the window of the answer also tells open ports (-sW). Both send the very same packets.',
  maimon: 'It tells open from closed ports on some systems where other scans are filtered.',
  udp: 'It finds services such as DNS, SNMP and NTP by the ports that do not answer "unreachable".',
  protocol: 'It tells which IP protocols (tunnels, routing) this host speaks.',
  sctp: 'It finds SCTP services, which many filters forget.',
  'sctp-cookie': 'It finds SCTP services behind filters that only stop INIT.',
  ping: 'It tells which of our addresses are alive.',
  timestamp: 'It tells that the host is alive where pings are filtered, and its clock.',
  mask: 'It tells that the host is alive where pings are filtered, and its network.',
  fragments: 'Headers cut into pieces get past filters that look at one packet at a time.',
  options: 'IP options map the route to this host, or send packets around a filter.',
  os: 'It tells the operating system and its version, so that the right exploit can be chosen.',
  version: 'It tells which programs in which versions answer, so that the right exploit can be chosen.',
  sweep: 'It looks for one service on many addresses.',
  slow: 'So few probes an hour are meant to stay below every threshold.',
  rotation: 'Changing addresses are meant to defeat blocks and counters by address.',
  badsum: 'No host answers a wrong checksum; who answers is a filter in between, and shows itself.',
};

const sure: Readonly<Record<string, string>> = {
  confirmed: 'The sender completed a handshake: the address is not forged.',
  alive: 'Something at that address reacted to our answers; the probes themselves prove no sender.',
  unconfirmed: 'The probes themselves prove no sender: the address may be forged.',
  silent: 'Nothing at that address reacted to our answers: it may be forged.',
  forged: 'The sender is most likely forged.',
  decoys: 'Only one of these senders is real.',
};

/** What it is for, what it found, and how sure its sender is, in sentences. */
export function meaning(row: ScanRow): string {
  const found =
    row.learned.length === 0
      ? row.trapped.length === 0
        ? 'No port answered.'
        : `No service answered; it takes our traps at ${shorten(row.trapped.join(', '), 80)} for open ports.`
      : `The scanner knows now of open ${row.learned.length === 1 ? 'port' : 'ports'} ${shorten(row.learned.join(', '), 120)}.`;
  const sender = senderOf(row);
  const inside = isPrivate(row) ? ' It comes from a private network: look at the machine that sends it.' : '';
  const parts = [learns[row.kind] ?? '', found, `${sure[row.verdict] ?? ''}${inside}`, sender];
  return parts.filter((part) => part !== '').join(' ');
}

/** "Its network calls it x.example and is run by AS64500 Example Net, Netherlands (NL)."; "" where nothing is known. */
function senderOf({ name, operator, country }: ScanRow): string {
  const place = [operator, country].filter((part) => part !== '').map((part) => shorten(visible(part), 120));
  const named = name === '' ? '' : `calls it "${shorten(visible(name), 100)}" (which it may choose freely)`;
  const run = place.length === 0 ? '' : `belongs to ${place.join(', ')} by your database`;
  const both = [named, run].filter((part) => part !== '').join(', and ');
  return both === '' ? '' : `Its network ${both}.`;
}

/** Does it come from inside: RFC 1918, RFC 6598, ULA, link-local? */
export function isPrivate({ source }: ScanRow): boolean {
  return /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|f[cd]|fe[89ab])/.test(
    source,
  );
}

/** The stable identity: who scans, in which way of hiding. */
export function subjectOf({ namespace, form, source }: ScanRow): string {
  return `${namespace} ${form} ${source}`;
}

/** Facts of a scan under the names that scripts and answers read. */
export function factsOf(row: ScanRow): Record<string, Cell> {
  const { namespace, form, kind, option, also, addresses, targets, tried, closed, open, silent } = row;
  const facts: Record<string, Cell> = {
    namespace,
    form,
    kind,
    option,
    also,
    addresses,
    targets,
    tried,
    closed,
    open,
    silent,
  };
  const { ports, learned, probes, unseen, score, verdict, connected, ttl, firstMs, lastMs, firstHeader, lastHeader } =
    row;
  Object.assign(facts, { ports, learned, probes, unseen, score, verdict, connected, ttl, firstMs, lastMs });
  for (const fact of ['name', 'network', 'operator', 'country'] as const)
    if (row[fact] !== '') facts[fact === 'name' ? 'reverseName' : fact] = row[fact];
  if (row.trapped.length > 0) facts['trapped'] = row.trapped;
  if (firstHeader !== '') Object.assign(facts, { firstHeader, lastHeader });
  facts['confirmed'] = verdict === 'confirmed';
  facts['decoy'] = form === 'decoys';
  const port = Number(/\d+/.exec(ports)?.[0] ?? 0);
  if (port > 0) facts['port'] = port;
  facts['protocol'] = /^(?:udp|sctp|protocols)/.exec(ports)?.[0] ?? 'tcp';
  return facts;
}

/** What every finding about an inbound scan holds; a single sender is its source. */
export function aboutScan(row: ScanRow, over: boolean) {
  return {
    subject: subjectOf(row),
    facts: factsOf(row),
    next: nextOf(row),
    dangerous: true,
    ...(over && { over: true, continues: ruleOf(row) }),
    ...(isAddress(row.source) && { source: { ip: row.source } }),
  };
}

function ruleOf(row: ScanRow): string {
  return RULES.find(([, fits]) => fits(row))?.[0] ?? 'port-scan';
}

/** Which rule tells of which row: each is told by one. */
const RULES: readonly (readonly [string, (row: ScanRow) => boolean])[] = [
  ['syn-flood', ({ kind }) => kind === 'synflood'],
  ['probe-flood', ({ form }) => form === 'flood'],
  ['scanner-returned', ({ form }) => form === 'return'],
  ['scanner-logged-in', ({ form }) => form === 'login'],
  ['scan-outbound', ({ form }) => form === 'outbound'],
  ['scan-behind-decoys', ({ form }) => form === 'decoys'],
  ['scan-distributed', ({ form }) => form === 'distributed'],
  ['port-scan', () => true],
];

/** Is this row told by that rule? */
export function isToldBy(row: ScanRow, rule: string): boolean {
  return ruleOf(row) === rule;
}

/** One step graver from inside, and once it found something. */
export function weigh(row: ScanRow): Severity {
  const steps = (isPrivate(row) ? 1 : 0) + (row.learned.length > 0 || row.kind === 'os' ? 1 : 0);
  return steps === 0 ? 'low' : steps === 1 ? 'medium' : 'high';
}

function isAddress(text: string): boolean {
  return /^[0-9a-f.:]+$/.test(text);
}

function nextOf(row: ScanRow): string {
  if (row.form === 'outbound')
    return row.scannerPid > 0 ? `ls -l /proc/${row.scannerPid}/exe; telltale sockets -a` : 'telltale sockets -aw';
  const show = 'telltale scans --all';
  return isAddress(row.source) && row.form === 'scan'
    ? `${show}; telltale sockets -a address ${shellQuote(row.source)}`
    : show;
}

/** The program behind an outbound scan. */
export function scannerOf(row: ScanRow): Who | undefined {
  if (row.scannerPid <= 0) return undefined;
  const { exe, comm, cmdline, user, uid, parents, unit, session, startedMs } = row;
  return { pid: row.scannerPid, exe, comm, cmdline, user, uid, parents, unit, package: '', session, startedMs };
}

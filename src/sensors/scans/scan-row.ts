/** A scan as a row of the table. */

import { plural, thousands } from '#lib/plural.ts';
import type { ScanRow } from '../scan-table.ts';
import { keyText, networkText } from './address.ts';
import type { FloodTotals } from './flood.ts';
import { isForged, nameOf } from './naming.ts';
import { portList } from './port-list.ts';
import type { Scan } from './scan.ts';
import type { Source } from './source.ts';
import type { Technique } from './technique.ts';

/** What is not known of an inbound scan. */
export const NOBODY = {
  exe: '',
  comm: '',
  cmdline: '',
  scannerPid: 0,
  user: '',
  uid: -1,
  parents: [],
  unit: '',
  session: '',
  startedMs: 0,
} as const;

/** What is not known of a sender. */
export const UNKNOWN_SENDER = { name: '', network: '', operator: '', country: '' } as const;

/** Names listed in a row. */
const LISTED = 32;
/** Protocols whose numbers are ports, and the others by what they are called. */
const PORTS = [6, 17, 132] as const;
const PREFIX: Readonly<Record<number, string>> = { 17: 'udp ', 132: 'sctp ', 255: 'protocols ' };

/** The row of a scan as it stands. */
export function rowOfScan(
  scan: Scan,
  namespace: string,
  more: { lastMs: number; nowMs: number; flood: FloodTotals | undefined },
): ScanRow {
  const { form, sources, group } = scan;
  const [name, ...also] = nameOf(scan, more.nowMs);
  const totals = totalsOf(scan, more.flood);
  const first = sources.toSorted((a, b) => a.firstMs - b.firstMs)[0];
  const last = sources.toSorted((a, b) => b.lastMs - a.lastMs)[0];
  const verdict = verdictOf(scan, more.nowMs);
  return {
    namespace,
    form,
    source: sourceText(scan),
    kind: name.kind,
    words: name.words,
    option: name.option,
    also: also.map(({ words, option }) => (option === '' ? words : `${words} (${option})`)),
    addresses: addressesOf(scan),
    ...UNKNOWN_SENDER,
    targets: [...new Set(sources.flatMap((source) => [...source.targets]))].slice(0, LISTED),
    ...totals,
    unseen: scan.unseen,
    verdict,
    blockable: form === 'scan' && verdict === 'confirmed',
    connected: sources.reduce((sum, source) => sum + source.connects, 0),
    likely: likelyOf(scan),
    ttl: ttlOf(sources),
    firstMs: Math.floor(
      Math.min(group?.firstMs ?? Infinity, first?.firstMs ?? Infinity, more.flood?.firstMs ?? scan.openedMs),
    ),
    lastMs: Math.floor(more.lastMs),
    firstHeader: hex(first?.firstHead),
    lastHeader: hex(last?.lastHead),
    ...NOBODY,
  };
}

type Totals = Pick<
  ScanRow,
  'tried' | 'closed' | 'open' | 'silent' | 'ports' | 'learned' | 'trapped' | 'probes' | 'score'
>;

function totalsOf({ form, sources, group }: Scan, flood: FloodTotals | undefined): Totals {
  const probes = sources.reduce((sum, source) => sum + source.probes, 0);
  if (form === 'flood') return floodTotals(flood);
  if (group !== undefined) return groupTotals(group.places, probes);
  // Decoys all try the same.
  const [first] = sources.toSorted((a, b) => b.places.tried - a.places.tried);
  if (first === undefined) return groupTotals(new Set(), probes);
  const { tried, closed, open } = first.places;
  return {
    tried,
    closed,
    open,
    silent: Math.max(0, tried - closed - open),
    ports: portsOf(first.places),
    learned: learnedOf(first.places),
    trapped: first.places.trapped().slice(0, 64).map(String),
    probes,
    score: scoreWords(first),
  };
}

function floodTotals(flood: FloodTotals | undefined): Totals {
  const { perSecond = 0, sources = 0, probes = 0 } = flood ?? {};
  const score =
    perSecond === 0
      ? 'thousands of refused packets a second'
      : `up to ${thousands(perSecond)} refused packets a second from about ${thousands(sources)} senders`;
  return { tried: 0, closed: 0, open: 0, silent: 0, ports: '', learned: [], trapped: [], probes, score };
}

function groupTotals(places: ReadonlySet<number>, probes: number): Totals {
  const tried = places.size;
  const score = `${plural(tried, 'closed port')} tried by all together`;
  return {
    tried,
    closed: tried,
    open: 0,
    silent: 0,
    ports: groupPorts(places),
    learned: [],
    trapped: [],
    probes,
    score,
  };
}

/** "17 of 18 ports closed, 1 open"; where there are no ports, what was asked. */
function scoreWords(source: Source): string {
  const { tried, closed, open } = source.places;
  const noun = NOUNS[source.mainTechnique()] ?? 'port';
  if (noun === '') return plural(source.probes, 'request');
  // Open and closed ports answer these alike: only what a packet filter stops stays silent.
  if (['ack', 'maimon'].includes(source.mainTechnique()) && closed > 0)
    return `${thousands(closed)} of ${plural(tried, noun)} not filtered`;
  const opened = open > 0 ? `, ${open} open` : '';
  if (closed === 0) return `${plural(tried, noun)} tried, no answer${opened}`;
  const addresses = source.targets.size > 1 ? ` on ${source.targets.size} addresses` : '';
  return `${thousands(closed)} of ${plural(tried, noun)} closed${opened}${addresses}`;
}

/** What is counted, where it is not ports. */
const NOUNS: Partial<Record<Technique, string>> = { protocol: 'protocol', ping: '', timestamp: '', mask: '' };

function portsOf(places: Source['places']): string {
  return [6, 17, 132, 255]
    .flatMap((protocol) => {
      const ports = places.ports(protocol, 4096);
      return ports.length === 0 ? [] : [`${PREFIX[protocol] ?? ''}${portList(ports)}`];
    })
    .join('; ');
}

function groupPorts(places: Iterable<number>): string {
  return portList([...new Set([...places].map((place) => place & 0xffff))].sort((a, b) => a - b));
}

function learnedOf(places: Source['places']): string[] {
  return PORTS.flatMap((protocol) =>
    places.ports(protocol, 64, 'open').map((port) => `${PREFIX[protocol] ?? ''}${port}`),
  ).slice(0, 64);
}

/** A single address where only one was used; blocking the whole /64 is for those who change theirs. */
function sourceText({ form, name, sources }: Scan): string {
  if (form === 'flood') return 'many senders';
  if (form === 'distributed')
    return typeof name === 'string' && name.startsWith('list') ? `ports ${listText(name)}` : networkText(name);
  const source = sources.find(({ key }) => key === name);
  const only = source !== undefined && source.addresses.size === 1 ? [...source.addresses][0] : undefined;
  return only ?? keyText(name);
}

function listText(name: string): string {
  return portList(
    name
      .split(' ')
      .slice(1)
      .map((place) => Number(place) & 0xffff)
      .sort((a, b) => a - b),
  );
}

function addressesOf({ sources, group }: Scan): string[] {
  const own = sources.flatMap((source) => [...source.addresses]);
  return (own.length > 0 ? own : [...(group?.sources.keys() ?? [])].map(keyText)).slice(0, LISTED);
}

function verdictOf({ form, sources }: Scan, nowMs: number): string {
  if (form === 'flood') return 'forged';
  if (form === 'decoys') return 'decoys';
  if (sources.some(({ confirmed }) => confirmed)) return 'confirmed';
  if (sources.some(({ alive }) => alive)) return 'alive';
  if (sources.some(({ wrongSums, probes }) => wrongSums * 2 >= probes)) return 'forged';
  return sources.some((source) => isForged(source, nowMs)) ? 'silent' : 'unconfirmed';
}

/** Of decoys only the real sender (and hosts that happen to live at a borrowed address) reacts to our answers. */
function likelyOf({ form, sources }: Scan): string {
  if (form !== 'decoys') return '';
  const real = sources.filter(({ alive, confirmed }) => alive || confirmed);
  return real.length === 1 ? ([...(real[0]?.addresses ?? [])][0] ?? '') : '';
}

function ttlOf(sources: readonly Source[]): string {
  const least = Math.min(...sources.map(({ ttlLeast }) => ttlLeast));
  const most = Math.max(...sources.map(({ ttlMost }) => ttlMost));
  if (sources.length === 0 || most === 0) return '';
  return least === most ? String(most) : `${least}-${most}`;
}

function hex(head = ''): string {
  return Buffer.from(head, 'latin1').toString('hex');
}

/** The scans of a time in sentences, and who knocked. */

import { formatDuration } from '#lib/duration.ts';
import { shorten } from '#lib/escape.ts';
import { joinWords, plural, pluralWords } from '#lib/plural.ts';
import { atTime, hourMinute } from '#views/time.ts';
import type { ScanPage } from '../scan-page.ts';
import { harmlessGap } from './harmless-gap.ts';
import type { KnockView, ScansView, ScanView } from './scan-shapes.ts';
import { listed, scanView, type When } from './scan-view.ts';

const HOUR_MS = 3_600_000;
/** Scans that are described one by one to those who do not see the picture. */
const TOLD_MAX = 12;
const KNOCKS_MAX = 5;

/** Everything of the page but the blocks. */
export function scansView(page: ScanPage, when: When & { readonly fromMs: number }): ScansView {
  const scans = page.scans.map((scan) => scanView(scan, when));
  return {
    ...when,
    headline: page.watching
      ? headlineOf(scans.filter(({ going }) => going))
      : 'Nobody listens for scans: no daemon runs.',
    detail: detailOf(scans, page.total, when),
    scans,
    total: page.total,
    words: scans.slice(0, TOLD_MAX).map((scan) => told(scan, when)),
    gaps: page.gaps.map(harmlessGap),
  };
}

/** Who knocked in the last hours, one line a source, newest first; our own scans of others are no knocks. */
export function knocksOf(page: ScanPage, when: When): { readonly knocks: readonly KnockView[]; readonly more: number } {
  const bySource = new Map<string, ScanView>();
  for (const scan of page.scans.map((one) => scanView(one, when)))
    if (!scan.outbound && !bySource.has(scan.source)) bySource.set(scan.source, scan);
  const all = [...bySource.values()];
  const knocks = all.slice(0, KNOCKS_MAX).map(({ source, ports, how, block, going, id, lastMs }) => ({
    source,
    what: ports === 0 ? shorten(how, 40) : plural(ports, 'door'),
    verdict: block?.words ?? (going ? 'now' : hourMinute(lastMs, when.zone)),
    alert: id,
  }));
  return { knocks, more: Math.max(0, all.length - KNOCKS_MAX) + Math.max(0, page.total - page.scans.length) };
}

function headlineOf(going: readonly ScanView[]): string {
  const inside = going.filter((scan) => scan.inside);
  if (inside.length > 0)
    return `${joinWords(listed(inside.map(({ source }) => source)))} scanned this host and ${inside.length === 1 ? 'is' : 'are'} logged in now.`;
  const outbound = going.filter((scan) => scan.outbound).length;
  const inbound = going.length - outbound;
  if (outbound > 0)
    return `This host scans others now${inbound === 0 ? '' : `, and ${plural(inbound, 'scan')} of it ${inbound === 1 ? 'goes' : 'go'} on`}.`;
  if (inbound === 0) return 'Nobody scans this host now.';
  return `${pluralWords(inbound, 'scan')} ${inbound === 1 ? 'goes' : 'go'} on now.`;
}

function detailOf(
  scans: readonly ScanView[],
  total: number,
  { nowMs, fromMs }: When & { readonly fromMs: number },
): string {
  const hours = Math.round((nowMs - fromMs) / HOUR_MS);
  const days = plural(Math.round(hours / 24), 'day');
  const span = hours === 1 ? 'hour' : hours <= 24 ? plural(hours, 'hour') : days;
  if (total === 0) return `None was heard in the last ${span}.`;
  const inbound = scans.filter(({ outbound }) => !outbound);
  const ours = scans.length - inbound.length;
  const sources = new Set(inbound.map(({ source }) => source)).size;
  const seen = `In the last ${span}: ${plural(total - ours, 'scan')} from ${plural(sources, 'source')}.`;
  const own = ours === 0 ? '' : `${pluralWords(ours, 'scan')} came from this host.`;
  return [seen, own, inbound.length === 0 ? '' : learnedOf(inbound)].filter((part) => part !== '').join(' ');
}

function learnedOf(inbound: readonly ScanView[]): string {
  const answered = [...new Set(inbound.flatMap(({ learned }) => learned))];
  const is = answered.length === 1 ? 'is' : 'are';
  const ports = answered.length === 1 ? 'port' : 'ports';
  const learned =
    answered.length === 0
      ? 'No port answered.'
      : `They know now that ${ports} ${joinWords(listed(answered))} ${is} open.`;
  const shut = new Map(inbound.flatMap(({ block }) => (block === undefined ? [] : [[block.target, block.words]])));
  const count = (how: string): number => [...shut.values()].filter((words) => words === how).length;
  const parts = ['blocked', 'slowed down'].flatMap((how) =>
    count(how) === 0 ? [] : [`${count(how)} ${count(how) === 1 ? 'is' : 'are'} ${how}`],
  );
  return `${learned} ${parts.length === 0 ? 'None of them is blocked' : `Of them ${joinWords(parts)}`}.`;
}

/** One scan of the picture in words: what its shape says. */
function told(scan: ScanView, { nowMs, zone }: When): string {
  const { source, how, score, firstMs, lastMs, ports, learned, block } = scan;
  const tookMs = lastMs - firstMs;
  const took = tookMs < 1000 ? 'within a second' : `over ${formatDuration(Math.floor(tookMs / 1000) * 1000)}`;
  const shape = tookMs > HOUR_MS ? 'spread out' : ports > 2 ? 'a column' : 'a short row';
  const open = learned.length === 0 ? 'nothing answered' : `${joinWords(listed(learned))} answered`;
  const shut = block === undefined ? '' : `, ${block.words}`;
  return `${source}: ${how}, ${atTime(firstMs, nowMs, zone)} ${took} (${shape}); ${score}, ${open}${shut}.`;
}

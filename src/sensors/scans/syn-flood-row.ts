/** A flood of SYNs at open ports as a row of the table. */

import { plural, thousands } from '#lib/plural.ts';
import type { ScanRow } from '../scan-table.ts';
import { keyText } from './address.ts';
import { portList } from './port-list.ts';
import type { Scan } from './scan.ts';
import { rowOfScan } from './scan-row.ts';
import type { SynFlood } from './syn-flood.ts';

/** Another than that of a flood of probes: both may go on at once. */
const MANY = 'many senders of SYNs';

/** The row; `flood` is undefined in the moment in which it is closed. */
export function rowOfSynFlood(scan: Scan, namespace: string, flood: SynFlood | undefined): ScanRow {
  const lastMs = flood?.lastMs ?? scan.openedMs;
  const row = rowOfScan(scan, namespace, { lastMs, nowMs: lastMs, flood: undefined });
  const name = { kind: 'synflood', words: 'flood of SYNs at open ports', option: '' };
  if (flood === undefined) return { ...row, ...name, source: MANY };
  const { senders, places, syns, firstMs } = flood;
  const source = isOne(flood) ? keyText(senders.first) : MANY;
  return {
    ...row,
    ...name,
    source,
    addresses: isOne(flood) ? [source] : [],
    ports: portList([...places].map((place) => place & 0xffff).sort((a, b) => a - b)),
    open: places.size,
    tried: places.size,
    probes: syns,
    score: scoreOf(flood),
    verdict: isOne(flood) ? 'unconfirmed' : 'forged',
    firstMs: Math.floor(firstMs),
    lastMs: Math.floor(lastMs),
  };
}

/** A single sender is named. */
function isOne({ senders }: SynFlood): boolean {
  return senders.count <= 1;
}

function scoreOf(flood: SynFlood): string {
  const { perSecond, senders, syns, completed, cookies } = flood;
  const from = isOne(flood) ? '' : ` from about ${thousands(rounded(senders.count))} senders`;
  const done = `${thousands(completed)} of ${plural(syns, 'handshake')} completed`;
  const helped = cookies > 0 ? `, ${plural(cookies, 'SYN cookie')} sent` : '';
  return `up to ${thousands(rounded(perSecond))} SYNs a second${from}, ${done}${helped}`;
}

/** Two digits: more is not known. */
function rounded(count: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, count))) - 1);
  return Math.round(count / unit) * unit;
}

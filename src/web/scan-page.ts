/** Which scans the page gets, and how much of each: cut before it leaves the daemon. */

import type { Alert } from '#model/finding.ts';
import type { ShownScan, Verbs } from '#model/verbs.ts';

/** Scans that moved since then, those that go on first, then the newest; `total` were found. */
export interface ScanPage {
  readonly watching: boolean;
  readonly gaps: Verbs['scans']['result']['gaps'];
  readonly scans: readonly ShownScan[];
  readonly total: number;
}

/** Probes of one scan that are drawn: evenly chosen of more. */
const DOTS_MAX = 1200;

/** At most `limit` scans, of which each has its newest numbers and a bounded picture. */
export function pageOfScans(
  { watching, gaps, scans }: Verbs['scans']['result'],
  want: { readonly sinceMs: number; readonly limit: number },
): ScanPage {
  const rank = (alert: Alert): number => (alert.state === 'closed' ? 1 : 0);
  const fitting = scans
    .filter(({ alert, row }) => row !== undefined || alert.lastMs >= want.sinceMs)
    .toSorted((a, b) => rank(a.alert) - rank(b.alert) || b.alert.lastMs - a.alert.lastMs);
  const shown = fitting.slice(0, want.limit).map(bounded);
  return { watching, gaps, scans: shown, total: fitting.length };
}

function bounded(scan: ShownScan): ShownScan {
  return { ...scan, dots: thinned(scan.dots) };
}

function thinned(dots: ShownScan['dots']): ShownScan['dots'] {
  if (dots.length <= DOTS_MAX) return dots;
  const step = dots.length / DOTS_MAX;
  return Array.from({ length: DOTS_MAX }, (_, index) => dots[Math.floor(index * step)] ?? [0, 0, 0]);
}

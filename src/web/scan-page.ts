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

/** Probes that are drawn, of one scan and of all: evenly chosen of more. */
const DOTS_MAX = 1200;
const ALL_DOTS_MAX = 40_000;

/** At most `limit` scans, of which each has its newest numbers and a bounded picture. */
export function pageOfScans(
  { watching, gaps, scans }: Verbs['scans']['result'],
  want: { readonly sinceMs: number; readonly limit: number },
): ScanPage {
  const rank = (alert: Alert): number => (alert.state === 'closed' ? 1 : 0);
  const fitting = scans
    .filter(({ alert, row }) => row !== undefined || alert.lastMs >= want.sinceMs)
    .toSorted((a, b) => rank(a.alert) - rank(b.alert) || b.alert.lastMs - a.alert.lastMs);
  const chosen = fitting.slice(0, want.limit);
  const dotted = chosen.filter(({ dots }) => dots.length > 0).length;
  const most = Math.min(DOTS_MAX, Math.floor(ALL_DOTS_MAX / Math.max(1, dotted)));
  const shown = chosen.map((scan) => bounded(scan, most));
  return { watching, gaps, scans: shown, total: fitting.length };
}

function bounded(scan: ShownScan, most: number): ShownScan {
  return { ...scan, dots: thinned(scan.dots, most) };
}

function thinned(dots: ShownScan['dots'], most: number): ShownScan['dots'] {
  if (dots.length <= most) return dots;
  const step = dots.length / most;
  return Array.from({ length: most }, (_, index) => dots[Math.floor(index * step)] ?? [0, 0, 0]);
}

/** How fast logs grow, and when one would fill its disk. */

import { statfsSync } from 'node:fs';
import type { PlannedLog } from './plan.ts';

/** Sizes of the look before, by log (Latin-1 text). */
export type Growth = ReadonlyMap<string, { readonly sizeBytes: number; readonly atMs: number }>;

/** Logs watched for their growth; a configuration names rarely more. */
const MAX_LOGS = 10_000;
/** Slower than this nothing is urgent, and a new log's first lines are no rate. */
const LEAST_BYTES_PER_MINUTE = 1 << 20;

/** The sizes now, and the logs that fill their disk at their present rate, with the time left. */
export function growthOf(
  logs: readonly Pick<PlannedLog, 'log' | 'sizeBytes'>[],
  before: Growth,
  nowMs: number,
  freeBytes: (path: string) => number | undefined = freeAt,
): { readonly sizes: Growth; readonly threatening: readonly { readonly log: string; readonly fullInMs: number }[] } {
  const sizes = new Map<string, { sizeBytes: number; atMs: number }>();
  const threatening: { log: string; fullInMs: number }[] = [];
  for (const { log, sizeBytes } of logs.slice(0, MAX_LOGS)) {
    if (sizeBytes < 0) continue;
    sizes.set(log, { sizeBytes, atMs: nowMs });
    const then = before.get(log);
    const spanMs = nowMs - (then?.atMs ?? nowMs);
    const grown = sizeBytes - (then?.sizeBytes ?? sizeBytes);
    if (spanMs <= 0 || (grown / spanMs) * 60_000 < LEAST_BYTES_PER_MINUTE) continue;
    const free = freeBytes(log);
    if (free !== undefined) threatening.push({ log, fullInMs: Math.round(free / (grown / spanMs)) });
  }
  return { sizes, threatening };
}

function freeAt(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(Buffer.from(path, 'latin1'));
    return bavail * bsize;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

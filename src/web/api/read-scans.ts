/** Asks for the scans of a time. */

import type { Credentials } from '../messages.ts';
import type { ScanPage } from '../scan-page.ts';
import type { Ask } from './asker.ts';
import type { ScansView } from './scan-shapes.ts';
import { scansView } from './scans.ts';

const HOUR_MS = 3_600_000;
const SHOWN_MAX = 200;
const KNOCKS_READ = 100;
/** A scan that ended in the time that is asked for may have been told so much earlier. */
const TOLD_BEFORE_MS = 24 * HOUR_MS;

/** Scans of the last `hours`, and those that go on. */
export async function readScans(
  ask: Ask,
  me: Credentials,
  when: { readonly nowMs: number; readonly zone: string; readonly hours: number },
): Promise<ScansView> {
  const { nowMs, zone, hours } = when;
  const fromMs = nowMs - hours * HOUR_MS;
  const toldSinceMs = Math.max(0, fromMs - TOLD_BEFORE_MS);
  const page = await ask(me, 'scans', { sinceMs: fromMs, toldSinceMs, limit: SHOWN_MAX });
  return scansView(page, { nowMs, zone, fromMs });
}

/** Scans of the last 24 hours, for the lines "who knocked" of the overview. */
export async function readKnocks(ask: Ask, me: Credentials, nowMs: number): Promise<ScanPage> {
  return await ask(me, 'scans', { sinceMs: nowMs - 24 * HOUR_MS, limit: KNOCKS_READ });
}

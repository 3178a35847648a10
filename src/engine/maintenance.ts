/**
 * The maintenance window: an administrator says beforehand that changes are coming. They are told as explained by it and
 * become normal; what is dangerous in itself or critical stays an alert, for an intruder can open a window as well.
 */

import type { Finding } from '#model/finding.ts';
import type { Store } from '#model/store.ts';
import { type Asker, type MaintenanceWindow, VerbError, type Verbs } from '#model/verbs.ts';
import type { Ledger } from './ledger.ts';
import { endTrouble, raiseTrouble } from './self-watch.ts';
import type { Turn } from './turn.ts';

const valueName = 'maintenance';
const rule = 'maintenance-window';
/** No window is longer: what lasts longer is no maintenance. */
const longestWindowMs = 24 * 3_600_000;

/** The window that is open at that time; undefined when there is none. */
export function windowAt(store: Pick<Store, 'value'>, nowMs: number): MaintenanceWindow | undefined {
  const stored = store.value(valueName);
  if (stored === undefined) return undefined;
  const window = JSON.parse(stored) as MaintenanceWindow;
  return window.untilMs > nowMs ? window : undefined;
}

/** Words when the window explains the finding. */
export function explainedByWindow(finding: Finding, window: MaintenanceWindow | undefined): string | undefined {
  if (window === undefined || finding.dangerous === true || finding.severity === 'critical') return undefined;
  return `maintenance by ${window.by}: ${window.reason}`;
}

/** `maintenance`: shows, opens or ends the window. */
export async function maintenance(
  ledger: Ledger,
  asker: Asker,
  args: Verbs['maintenance']['args'],
): Promise<Verbs['maintenance']['result']> {
  const turn = ledger.turn();
  const window = windowAt(ledger.store, turn.nowMs);
  if (args.act === 'show') return windowResult(window);
  if (args.act === 'end') {
    if (window === undefined)
      throw new VerbError(
        'NOT_FOUND',
        'Cannot end the maintenance window: none is open. See: telltale maintenance show',
      );
    end(ledger, turn, `ended by ${asker.name}`);
    await ledger.commit(turn);
    return {};
  }
  if (args.untilMs <= turn.nowMs || args.untilMs > turn.nowMs + longestWindowMs)
    throw new VerbError('BAD_TIME', 'Cannot open such a window: it lasts between a moment and 24 hours. Use --for 2h');
  const opened = { by: asker.name, reason: args.reason, fromMs: turn.nowMs, untilMs: args.untilMs };
  turn.write({ kind: 'value', name: valueName, value: JSON.stringify(opened) });
  const words = `window until ${new Date(args.untilMs).toISOString()}: ${args.reason}`;
  turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'maintenance', by: asker.name, words } });
  const title = `Maintenance by ${asker.name}: ${args.reason}`;
  raiseTrouble(ledger, { rule, subject: 'maintenance', title, facts: { untilMs: args.untilMs } }, turn);
  await ledger.commit(turn);
  return windowResult(opened);
}

/** Closes the alert of a window whose time is over; asked by the clock. */
export function endWindow(ledger: Ledger, turn: Turn): void {
  if (!ledger.alerts.isOpenSelf(rule, 'maintenance') || windowAt(ledger.store, turn.nowMs) !== undefined) return;
  end(ledger, turn, 'its time is over');
}

function end(ledger: Ledger, turn: Turn, words: string): void {
  turn.write({ kind: 'value', name: valueName, value: '' });
  turn.write({ kind: 'act', act: { timeMs: turn.nowMs, what: 'maintenance', by: 'telltale', words } });
  endTrouble(ledger, { rule, subject: 'maintenance', words }, turn);
}

function windowResult(window: MaintenanceWindow | undefined): Verbs['maintenance']['result'] {
  return window === undefined ? {} : { window };
}

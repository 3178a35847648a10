/** Finds the alerts that people mean by what they type. */

import { meansId, shortId } from '#lib/short-id.ts';
import type { StoredAlert } from '#model/store.ts';
import { VerbError } from '#model/verbs.ts';
import type { Ledger } from './ledger.ts';

/** The alert that `typed` means; an open one wins over ended ones. Throws NOT_FOUND or AMBIGUOUS. */
export function findAlert(ledger: Ledger, typed: string): StoredAlert {
  const wanted = typed.trim();
  const whole = ledger.alerts.get(wanted);
  if (whole !== undefined) return whole;
  const open = [...ledger.alerts.open()].filter((alert) => meansId(wanted, alert.id));
  if (open.length === 1 && open[0] !== undefined) return open[0];
  const ids = open.length > 0 ? open.map((alert) => alert.id) : ledger.store.findAlertIds(wanted, 6);
  if (ids.length > 1) {
    const some = ids.slice(0, 5).map(shortId).join(', ');
    throw new VerbError(
      'AMBIGUOUS',
      `Cannot tell which alert "${typed}" means: ${some}. Type more of the id, or all of it`,
    );
  }
  const found = ids[0] === undefined ? undefined : ledger.alerts.get(ids[0]);
  if (found !== undefined) return found;
  const short = wanted.length < 3 ? ' An id needs at least three characters.' : '';
  throw new VerbError('NOT_FOUND', `Cannot find alert "${typed}".${short} See what there is: telltale changes --all`);
}

/** All that are meant, each once, in order. An incident's id stands for its open alerts. */
export function findAlerts(ledger: Ledger, ids: readonly string[]): StoredAlert[] {
  const found = new Map<string, StoredAlert>();
  for (const typed of ids) {
    const grouped = [...ledger.alerts.open()].filter((alert) => alert.incident === typed);
    for (const alert of grouped.length > 0 ? grouped : [findAlert(ledger, typed)]) found.set(alert.id, alert);
  }
  return [...found.values()];
}

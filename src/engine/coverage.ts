/** What could not be seen, and when: the blind times of the watch, from its own alerts and its starts and stops. */

import type { StoredAlert } from '#model/store.ts';
import type { BlindSpan, Verbs } from '#model/verbs.ts';
import type { Running } from './running.ts';

/** Troubles of ours during which something was not seen. */
const blinding: ReadonlySet<string> = new Set([
  'blind-sense',
  'sensor-failed',
  'sensor-silent',
  'listener-failed',
  'events-lost',
  'store-trouble',
]);
const defaultMs = 7 * 86_400_000;
/** A start is only understood with what was before it. */
const livesBeforeMs = 30 * 86_400_000;
const listedSpans = 500;
const searchedAlerts = 20_000;

/** `coverage`: spans that reach into the time since `sinceMs` (default: seven days), newest first. */
export function coverage(running: Running, args: Verbs['coverage']['args']): Verbs['coverage']['result'] {
  const { store, parts } = running.ledger;
  const nowMs = parts.host.clock.nowMs();
  const fromMs = args.sinceMs ?? nowMs - defaultMs;
  const open = [...running.ledger.alerts.open()];
  const past = store.alerts({ sinceMs: fromMs, limit: searchedAlerts });
  const alerts = new Map([...past, ...open].map((alert) => [alert.id, alert]));
  const spans = [...alerts.values()].flatMap((alert) => spanOf(alert));
  spans.push(...downTimes(store.lives(fromMs - livesBeforeMs)));
  const { records, sinceMs } = store.chain();
  // Before the first record nobody watched, or it is too long ago to be kept: either way nothing is known of it.
  if (records > 0 && sinceMs > fromMs)
    spans.push({ what: 'everything', why: 'Nothing is recorded of the time before', fromMs, untilMs: sinceMs });
  return {
    fromMs,
    spans: spans
      .filter(({ untilMs }) => untilMs === 0 || untilMs >= fromMs)
      .sort((a, b) => b.fromMs - a.fromMs)
      .slice(0, listedSpans),
  };
}

function spanOf({ table, finding, firstMs, closedMs, state }: StoredAlert): BlindSpan[] {
  if (table !== '' || !blinding.has(finding.rule)) return [];
  const untilMs = state === 'closed' ? (closedMs ?? firstMs) : 0;
  return [{ what: finding.subject, why: finding.title, fromMs: firstMs, untilMs }];
}

/** Between a stop (or the last sign of life before a kill) and the next start nobody watched. */
function downTimes(lives: readonly { what: 'start' | 'stop'; timeMs: number; lastMs: number }[]): BlindSpan[] {
  const spans: BlindSpan[] = [];
  for (const [index, life] of lives.entries()) {
    const before = lives[index - 1];
    if (life.what !== 'start' || before === undefined) continue;
    const killed = before.what === 'start';
    const why = killed ? 'The watch was killed, or the host went down' : 'The watch was stopped';
    spans.push({ what: 'everything', why, fromMs: killed ? before.lastMs : before.timeMs, untilMs: life.timeMs });
  }
  const last = lives.at(-1);
  if (last?.what === 'stop')
    spans.push({ what: 'everything', why: 'The watch is stopped', fromMs: last.timeMs, untilMs: 0 });
  return spans;
}

/** The verb `scans`: who scans us, or whom we scan, now and lately. */

import { isPrefix, overlaps, parsePrefix, prefixAround } from '#lib/ip-prefix.ts';
import type { Alert } from '#model/finding.ts';
import type { Block } from '#model/responder.ts';
import { keyOf, type Row } from '#model/table.ts';
import type { LaterDeed, ShownScan, Verbs } from '#model/verbs.ts';
import { plainAlert } from './alert-book.ts';
import type { Running } from './running.ts';

const TABLE = 'scans';
const listedMs = 30 * 86_400_000;
/** Alerts looked through for ended scans. */
const lookedThrough = 5_000;
const listed = 500;
/** Later deeds told of each. */
const LATER = 8;
/** A look younger than this is good enough. */
const freshMs = 1_000;

/** Open ones are held against a fresh look, so that their numbers are those of now. */
export async function scansOf(
  running: Running,
  { all, sinceMs }: Verbs['scans']['args'],
): Promise<Verbs['scans']['result']> {
  const { ledger, sensors, signal, startedMs } = running;
  const watch = sensors.find(({ sensor }) => sensor.table.name === TABLE);
  if (watch === undefined) return { watching: false, gaps: [], scans: [] };
  const { look } = await watch.recent(freshMs, signal);
  const rows = new Map(look.rows.map((row) => [keyOf(row, watch.sensor.table.key), row]));
  const open = [...ledger.alerts.open()].filter(({ table }) => table === TABLE).map(plainAlert);
  const ended = all === true ? endedScans(running, sinceMs, new Set(open.map(({ id }) => id))) : [];
  const shown = [...open, ...ended].sort((a, b) => b.lastMs - a.lastMs).slice(0, listed);
  const deeds = deedsBySender(shown);
  const scans: ShownScan[] = [];
  for (const alert of shown) {
    const row = alert.state === 'closed' ? undefined : rows.get(alert.key);
    const dots = ledger.parts.dotsOf?.(ledger.parts.host, row ?? overRow(alert)) ?? [];
    const block = blockOf(running, alert);
    const later = alert.state === 'closed' ? laterThan(alert, deeds) : [];
    scans.push({ alert, dots, ...(row && { row }), ...(block && { block }), ...(later.length > 0 && { later }) });
  }
  return { watching: startedMs !== 0, gaps: look.gaps, scans };
}

/** The facts of an ended scan name everything of its row but the source: that is the rest of the subject. */
function overRow({ finding }: Alert): Row {
  const source = finding.subject.split(' ').slice(2).join(' ');
  return { ...finding.facts, source, over: true };
}

function endedScans({ ledger }: Running, sinceMs: number | undefined, without: ReadonlySet<string>): Alert[] {
  const longestMs = ledger.parts.host.clock.nowMs() - listedMs;
  return ledger.store
    .alerts({ sinceMs: Math.max(sinceMs ?? 0, longestMs), limit: lookedThrough })
    .filter(({ table, id }) => table === TABLE && !without.has(id))
    .map(plainAlert);
}

const DEEDS = { scan: 'again', return: 'back', login: 'inside' } as const;

/** What single senders did, oldest first, by address or /64. */
function deedsBySender(alerts: readonly Alert[]): ReadonlyMap<string, readonly LaterDeed[]> {
  const found = new Map<string, LaterDeed[]>();
  for (const { id, firstMs: timeMs, finding } of alerts.toReversed()) {
    const { form } = finding.facts;
    const sender = senderOf(finding);
    const what = form === 'scan' || form === 'return' || form === 'login' ? DEEDS[form] : undefined;
    if (sender === '' || what === undefined) continue;
    found.set(sender, [...(found.get(sender) ?? []), { what, alert: id, timeMs }]);
  }
  return found;
}

function laterThan({ id, lastMs, finding }: Alert, deeds: ReturnType<typeof deedsBySender>): readonly LaterDeed[] {
  if (finding.facts['form'] !== 'scan') return [];
  const own = deeds.get(senderOf(finding)) ?? [];
  return own
    .filter(({ alert, timeMs }) => alert !== id && timeMs >= lastMs)
    .toSorted((a, b) => a.timeMs - b.timeMs)
    .slice(0, LATER);
}

function senderOf({ source }: Alert['finding']): string {
  return source === undefined ? '' : (prefixAround(source.ip, { v4: 32, v6: 64 })?.text ?? '');
}

function blockOf({ answers }: Running, { finding }: Alert): Block | undefined {
  const source = parsePrefix(finding.source?.ip ?? '');
  if (!isPrefix(source)) return undefined;
  return answers.book.standing().find(({ target }) => {
    const prefix = parsePrefix(target);
    return isPrefix(prefix) && overlaps(prefix, source);
  });
}

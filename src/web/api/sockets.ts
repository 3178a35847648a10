/** The Sockets table and the list of what is quieted, as the page shows them. */

import { harmless, shorten, visible } from '#lib/escape.ts';
import { processName } from '#lib/process-name.ts';
import type { Alert } from '#model/finding.ts';
import type { Quiet, Verbs } from '#model/verbs.ts';
import { moment } from '#views/time.ts';
import { alertView, cellText } from './alerts.ts';
import type { QuietCount, WebResult } from './asker.ts';
import { harmlessGap } from './harmless-gap.ts';
import type { QuietDone, QuietsView, QuietView, SocketsView } from './shapes.ts';

/** The rows as text. The key is the whole identity, so that a row keeps its place between two looks. */
export function socketsView(answer: WebResult<'rows'>, nowMs: number, zone: string): SocketsView {
  return {
    zone,
    nowMs,
    takenMs: answer.takenMs,
    by: visible(answer.by),
    total: answer.total,
    fresh: answer.fresh,
    of: answer.of,
    gaps: answer.gaps.map(harmlessGap),
    rows: answer.rows.map(({ row, mark, sinceMs }, index) => {
      const columns = Object.entries(row).map(([name, cell]) => [visible(name), cellText(cell)] as const);
      const cells = { ...Object.fromEntries(columns), comm: processName(cellText(row['comm']), cellText(row['exe'])) };
      return { key: `${index}:${keyOf(cells)}`, mark, sinceMs, port: Number(row['port'] ?? 0), cells };
    }),
  };
}

/** What is silenced, newest first; ended ones last. */
export function quietsView(
  quiets: readonly Quiet[],
  changes: Verbs['changes']['result']['changes'],
  when: { readonly nowMs: number; readonly zone: string },
): QuietsView {
  const view = { nowMs: when.nowMs, timeZone: when.zone };
  const seen: readonly Alert[] = changes
    .flatMap((change) => change.alerts)
    .filter((alert) => alert.state === 'acknowledged');
  return {
    ...when,
    quiets: quiets
      .map((quiet) => quietView(quiet, when.zone))
      .sort((a, b) => Number(a.ended) - Number(b.ended) || b.madeMs - a.madeMs),
    seen: seen.map((alert) => alertView(alert, view)),
  };
}

/** The result of ack, accept, mute and unmute. */
export function quietDone(result: QuietCount): QuietDone {
  const titles = result.alsoQuiets.titles.slice(0, 20).map((title) => shorten(harmless(title), 200));
  return { count: result.count, also: { count: result.alsoQuiets.count, titles }, dryRun: result.dryRun };
}

function quietView(quiet: Quiet, zone: string): QuietView {
  const until = quiet.untilMs === 0 ? 'when its file, unit or owner changes' : moment(quiet.untilMs, zone);
  return {
    id: quiet.id,
    verb: quiet.verb,
    words: shorten(harmless(quiet.words), 400),
    by: visible(quiet.by),
    reason: shorten(visible(quiet.reason), 500),
    madeMs: quiet.madeMs,
    ends: quiet.endedMs > 0 ? `ended ${moment(quiet.endedMs, zone)}` : until,
    ended: quiet.endedMs > 0,
    hits: quiet.hits,
  };
}

const KEY_COLUMNS = [
  'namespace',
  'family',
  'protocol',
  'state',
  'address',
  'port',
  'peerAddress',
  'peerPort',
  'path',
  'exe',
  'pid',
];

function keyOf(cells: Readonly<Record<string, string>>): string {
  return KEY_COLUMNS.map((name) => cells[name] ?? '').join('|');
}

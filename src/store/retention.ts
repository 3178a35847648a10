/** Forgets what is old: whole sealed segments only, and a record of the chain keeps their head, so that it stays provable. */

import type { DatabaseSync } from 'node:sqlite';
import { canonicalJson } from '#lib/canonical-json.ts';
import type { ChainWriter } from './chain.ts';

/** Removes inside the caller's transaction; returns how many records and alerts went. */
export function removeOld(
  database: DatabaseSync,
  chain: ChainWriter,
  times: { readonly beforeMs: number; readonly nowMs: number },
): { records: number; alerts: number } {
  const { beforeMs, nowMs } = times;
  // The oldest segments only, up to the first that must stay: a gap in the middle could not be told from a theft.
  const last = database
    .prepare(
      `SELECT last_seq, head, until_ms FROM segments WHERE last_seq <
         coalesce((SELECT min(first_seq) FROM segments WHERE until_ms >= ?), 9223372036854775807)
       ORDER BY last_seq DESC LIMIT 1`,
    )
    .get(beforeMs);
  if (last === undefined) return { records: 0, alerts: 0 };
  const throughSeq = Number(last['last_seq']);
  const records = Number(database.prepare('DELETE FROM chain WHERE seq <= ?').run(throughSeq).changes);
  database.prepare('DELETE FROM segments WHERE last_seq <= ?').run(throughSeq);
  const old = "state = 'closed' AND last_ms < ?";
  database.prepare(`DELETE FROM history WHERE alert IN (SELECT id FROM alerts WHERE ${old})`).run(beforeMs);
  const alerts = Number(database.prepare(`DELETE FROM alerts WHERE ${old}`).run(beforeMs).changes);
  database.prepare(`DELETE FROM incidents WHERE ${old}`).run(beforeMs);
  database.prepare('DELETE FROM quiets WHERE ended_ms > 0 AND ended_ms < ?').run(beforeMs);
  database.prepare('DELETE FROM blocks WHERE ended_ms > 0 AND ended_ms < ?').run(beforeMs);
  const body = canonicalJson({ throughSeq, head: last['head'], untilMs: last['until_ms'], records, alerts, beforeMs });
  chain.append({ timeMs: nowMs, kind: 'retention', ref: '', body });
  return { records, alerts };
}

/** Turns records into rows, and into links of the chain where they are evidence. One function a kind. */

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalJson } from '#lib/canonical-json.ts';
import { shortId } from '#lib/short-id.ts';
import type { BaselineMove, StoredAlert, StoreRecord } from '#model/store.ts';
import { type ChainWriter, digestOf } from './chain.ts';

type Handlers = { readonly [K in StoreRecord['kind']]: (record: Extract<StoreRecord, { kind: K }>) => void };

/** Lines of history kept of one alert; an attacker who makes it flap must not fill the disk. */
const historyLines = 200;

/** Gives a function that writes one record inside the caller's transaction. `nowMs` dates what has no time. */
export function recordWriter(
  database: DatabaseSync,
  chain: ChainWriter,
  nowMs: () => number,
): (record: StoreRecord) => void {
  const prepare = (sql: string): StatementSync => database.prepare(sql);
  const handlers: Handlers = {
    ...plainHandlers(prepare),
    ...evidenceHandlers(prepare, chain, nowMs),
  };
  return (record) => {
    const handler = handlers[record.kind] as (record: StoreRecord) => void;
    handler(record);
  };
}

type Plain = 'seen' | 'unseen' | 'incident' | 'history' | 'notice' | 'channel' | 'value';

function plainHandlers(prepare: (sql: string) => StatementSync): Pick<Handlers, Plain> {
  const seen = prepare('INSERT OR REPLACE INTO seen (tbl, key, since_ms, body) VALUES (?, ?, ?, ?)');
  const unseen = prepare('DELETE FROM seen WHERE tbl = ? AND key = ?');
  const incident = prepare('INSERT OR REPLACE INTO incidents (id, state, last_ms, body) VALUES (?, ?, ?, ?)');
  const history = prepare('INSERT INTO history (alert, time_ms, words) VALUES (?, ?, ?)');
  const forget = prepare(
    `DELETE FROM history WHERE alert = ?1 AND id <= (SELECT id FROM history WHERE alert = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${historyLines})`,
  );
  const notice = prepare('INSERT INTO outbox (seq, time_ms, repeats, alert, incident) VALUES (?, ?, ?, ?, ?)');
  const lastNotice = prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('notice', ?)");
  const channel = prepare('INSERT OR REPLACE INTO channels (name, body) VALUES (?, ?)');
  const value = prepare('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)');
  const noValue = prepare('DELETE FROM meta WHERE name = ?');
  return {
    seen: ({ seen: { table, key, row, sinceMs } }) => seen.run(table, key, sinceMs, JSON.stringify(row)),
    unseen: ({ table, key }) => unseen.run(table, key),
    incident: ({ incident: it }) => incident.run(it.id, it.state, it.lastMs, JSON.stringify(it)),
    history: ({ alert, timeMs, words }) => {
      history.run(alert, timeMs, words);
      forget.run(alert);
    },
    notice: ({ notice: it }) => {
      notice.run(it.seq, it.timeMs, it.update ? 1 : 0, JSON.stringify(it.alert), JSON.stringify(it.incident));
      lastNotice.run(String(it.seq));
    },
    channel: ({ channel: it }) => channel.run(it.name, JSON.stringify(it)),
    value: (it) => (it.value === '' ? noValue.run(`value.${it.name}`) : value.run(`value.${it.name}`, it.value)),
  };
}

function evidenceHandlers(
  prepare: (sql: string) => StatementSync,
  chain: ChainWriter,
  nowMs: () => number,
): Pick<Handlers, 'change' | 'alert' | 'baseline' | 'quiet' | 'block' | 'act'> {
  const alert = prepare(
    `INSERT OR REPLACE INTO alerts (id, short, fingerprint, incident, state, explained, first_ms, last_ms, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const quiet = prepare('INSERT OR REPLACE INTO quiets (id, ended_ms, body) VALUES (?, ?, ?)');
  const block = prepare('INSERT OR REPLACE INTO blocks (id, target, since_ms, ended_ms, body) VALUES (?, ?, ?, ?, ?)');
  const baseline = baselineHandler(prepare);
  return {
    change: ({ change }) =>
      chain.append({ timeMs: change.seenMs, kind: 'change', ref: '', body: canonicalJson(change) }),
    alert: ({ alert: it, opening }) => {
      const body = canonicalJson(it);
      const explained = it.explainedBy === undefined ? 0 : 1;
      alert.run(it.id, shortId(it.id), it.fingerprint, it.incident, it.state, explained, it.firstMs, it.lastMs, body);
      const link = opening ? body : canonicalJson(alertUpdate(it, digestOf(body)));
      chain.append({ timeMs: nowMs(), kind: opening ? 'alert' : 'alert-update', ref: it.id, body: link });
    },
    quiet: ({ quiet: it }) => {
      const body = canonicalJson(it);
      quiet.run(it.id, it.endedMs, body);
      chain.append({ timeMs: nowMs(), kind: 'quiet', ref: it.id, body });
    },
    block: ({ block: it }) => {
      const body = canonicalJson(it);
      block.run(it.id, it.target, it.sinceMs, it.endedMs, body);
      chain.append({ timeMs: nowMs(), kind: 'block', ref: it.id, body });
    },
    baseline: ({ move }) => {
      const digest = baseline(move);
      const { version, by, reason, kind, rows } = move;
      const body = canonicalJson({ version, by, reason, kind, rows, digest });
      chain.append({ timeMs: move.timeMs, kind: 'baseline', ref: String(version), body });
    },
    act: ({ act }) => chain.append({ timeMs: act.timeMs, kind: act.what, ref: '', body: canonicalJson(act) }),
  };
}

/** What moves in an alert's life, and the digest of the whole: the finding itself stands in the opening record. */
function alertUpdate(alert: StoredAlert, digest: string): object {
  const { state, count, lastMs, closedMs, quieted, finding } = alert;
  return { digest, state, count, lastMs, closedMs, quieted, severity: finding.severity, title: finding.title };
}

function baselineHandler(prepare: (sql: string) => StatementSync): (move: BaselineMove) => string {
  const version = prepare(
    'INSERT INTO baseline_versions (version, made_ms, by, reason, kind, rows) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const row = prepare('INSERT INTO baseline_moves (version, op, tbl, key, body, by) VALUES (?, ?, ?, ?, ?, ?)');
  return (move) => {
    version.run(move.version, move.timeMs, move.by, move.reason, move.kind, move.rows);
    let digest = '';
    for (const put of move.put) {
      const body = canonicalJson(put.row);
      row.run(move.version, 'put', put.table, put.key, body, put.by);
      digest = moveDigest(digest, ['put', put.table, put.key, body, put.by]);
    }
    for (const drop of move.drop) {
      row.run(move.version, 'drop', drop.table, drop.key, '', '');
      digest = moveDigest(digest, ['drop', drop.table, drop.key, '', '']);
    }
    return digest;
  };
}

/** Digest over the rows of a move of the baseline, one after the other: op, table, key, row as JSON, why. */
export function moveDigest(before: string, fields: readonly string[]): string {
  return digestOf(before + JSON.stringify(fields));
}

/** Reads alerts, incidents, their history, and acceptances. */

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Incident } from '#model/finding.ts';
import type { AlertQuery, Store, StoredAlert, StoredQuiet } from '#model/store.ts';

type Part = Pick<
  Store,
  'openAlerts' | 'alert' | 'alerts' | 'countAlerts' | 'findAlertIds' | 'incident' | 'incidents' | 'quiets' | 'history'
>;

/** The store's questions about alerts. */
export function alertReader(database: DatabaseSync): Part {
  const open = database.prepare("SELECT body FROM alerts WHERE state <> 'closed' ORDER BY first_ms");
  const one = database.prepare('SELECT body FROM alerts WHERE id = ?');
  const byId = database.prepare('SELECT id FROM alerts WHERE id >= ? AND id < ? LIMIT ?');
  const byShort = database.prepare('SELECT id FROM alerts WHERE short >= ? AND short < ? LIMIT ?');
  const incident = database.prepare('SELECT body FROM incidents WHERE id = ?');
  const incidents = database.prepare(
    "SELECT body FROM incidents WHERE last_ms >= ? OR (?2 AND state = 'open') ORDER BY last_ms DESC LIMIT ?3",
  );
  const quiets = database.prepare('SELECT body FROM quiets WHERE ended_ms = 0 OR ?1 ORDER BY id');
  const history = database.prepare('SELECT time_ms, words FROM history WHERE alert = ? ORDER BY id');
  return {
    openAlerts: () => open.all().map((row) => bodyOf(row) as StoredAlert),
    alert: (id) => bodyOf(one.get(id)) as StoredAlert | undefined,
    alerts(query) {
      const { where, values } = conditions(query);
      const sql = `SELECT body FROM alerts ${where} ORDER BY first_ms DESC, id DESC LIMIT ?`;
      return database
        .prepare(sql)
        .all(...values, query.limit)
        .map((row) => bodyOf(row) as StoredAlert);
    },
    countAlerts(query) {
      const { where, values } = conditions(query);
      const row = database.prepare(`SELECT count(*) AS n FROM alerts ${where}`).get(...values);
      return Number(row?.['n'] ?? 0);
    },
    findAlertIds(typed, limit) {
      const wanted = typed.toLowerCase();
      if (!/^[0-9a-f-]{3,36}$/.test(wanted)) return [];
      const rows = [...byShort.all(wanted, `${wanted}~`, limit), ...byId.all(wanted, `${wanted}~`, limit)];
      return [...new Set(rows.map((row) => String(row['id'])))].slice(0, limit);
    },
    incident: (id) => bodyOf(incident.get(id)) as Incident | undefined,
    incidents: ({ sinceMs, open: withOpen, limit }) =>
      incidents.all(sinceMs, withOpen ? 1 : 0, limit).map((row) => bodyOf(row) as Incident),
    quiets: (ended) => quiets.all(ended ? 1 : 0).map((row) => bodyOf(row) as StoredQuiet),
    history: (alert) =>
      history.all(alert).map((row) => ({ timeMs: Number(row['time_ms']), words: String(row['words']) })),
  };
}

function conditions(query: Partial<AlertQuery>): { where: string; values: SQLInputValue[] } {
  const terms: string[] = [];
  const values: SQLInputValue[] = [];
  const add = (term: string, value: SQLInputValue | undefined): void => {
    if (value === undefined) return;
    terms.push(term);
    values.push(value);
  };
  add('first_ms >= ?', query.sinceMs);
  add('incident = ?', query.incident);
  add('fingerprint = ?', query.fingerprint);
  add('explained = ?', query.explained === undefined ? undefined : Number(query.explained));
  return { where: terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`, values };
}

/** The body of a row as it was written by us; the chain proves that it still is (see verify.ts). */
function bodyOf(row: Record<string, unknown> | undefined): unknown {
  return row === undefined ? undefined : JSON.parse(String(row['body']));
}

/** The tables of telltale.db and how an older file becomes a newer one. `user_version` holds the version. */

import type { DatabaseSync } from 'node:sqlite';
import { VerbError } from '#model/verbs.ts';

const first = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE chain (
  seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, body TEXT NOT NULL,
  hash TEXT NOT NULL);
CREATE INDEX chain_time ON chain (time_ms) WHERE kind = 'change';
CREATE TABLE segments (
  first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
  head TEXT NOT NULL);
CREATE TABLE seen (
  tbl TEXT NOT NULL, key TEXT NOT NULL, since_ms INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tbl, key)) WITHOUT ROWID;
CREATE TABLE baseline_versions (
  version INTEGER PRIMARY KEY, made_ms INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL, kind TEXT NOT NULL,
  rows INTEGER NOT NULL);
CREATE TABLE baseline_moves (
  id INTEGER PRIMARY KEY, version INTEGER NOT NULL, op TEXT NOT NULL, tbl TEXT NOT NULL, key TEXT NOT NULL,
  body TEXT NOT NULL, by TEXT NOT NULL);
CREATE INDEX baseline_moves_version ON baseline_moves (version);
CREATE TABLE alerts (
  id TEXT PRIMARY KEY, short TEXT NOT NULL, fingerprint TEXT NOT NULL, incident TEXT NOT NULL, state TEXT NOT NULL,
  explained INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX alerts_short ON alerts (short);
CREATE INDEX alerts_first ON alerts (first_ms);
CREATE INDEX alerts_incident ON alerts (incident);
CREATE INDEX alerts_fingerprint ON alerts (fingerprint);
CREATE INDEX alerts_open ON alerts (first_ms) WHERE state <> 'closed';
CREATE TABLE incidents (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, last_ms INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX incidents_last ON incidents (last_ms);
CREATE TABLE history (
  id INTEGER PRIMARY KEY, alert TEXT NOT NULL, time_ms INTEGER NOT NULL, words TEXT NOT NULL);
CREATE INDEX history_alert ON history (alert);
CREATE TABLE quiets (id TEXT PRIMARY KEY, ended_ms INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, repeats INTEGER NOT NULL, alert TEXT NOT NULL, incident TEXT NOT NULL);
CREATE TABLE channels (name TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
`;

const blocks = `
CREATE TABLE blocks (
  id TEXT PRIMARY KEY, target TEXT NOT NULL, since_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, body TEXT NOT NULL)
  WITHOUT ROWID;
CREATE INDEX blocks_ended ON blocks (ended_ms);
`;

/** One step a version: the file of version N is brought to N+1 by the step at index N. */
const steps: readonly string[] = [first, blocks];

/** Version that this program writes. */
export const schemaVersion = steps.length;

/** Brings the file to our version in one transaction; throws "NEWER_STATE" for a file of a newer program. */
export function migrate(database: DatabaseSync, path: string): void {
  const found = versionOf(database);
  refuseNewer(found, path);
  if (found === schemaVersion) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(found)) database.exec(step);
    database.exec(`PRAGMA user_version = ${schemaVersion}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** For reading only: the file must be exactly of our version. */
export function requireVersion(database: DatabaseSync, path: string): void {
  const found = versionOf(database);
  refuseNewer(found, path);
  if (found === 0)
    throw new VerbError(
      'DAMAGED_STATE',
      `Cannot read "${path}": it is empty: somebody emptied it, or it was never finished. The daemon tells which when it starts: telltale daemon`,
    );
  if (found < schemaVersion)
    throw new VerbError(
      'OLDER_STATE',
      `Cannot read "${path}": it was written by an older Telltale and is not converted yet. Start the daemon once: telltale daemon`,
    );
}

function refuseNewer(found: number, path: string): void {
  if (found > schemaVersion)
    throw new VerbError(
      'NEWER_STATE',
      `Cannot use "${path}": it was written by a newer Telltale (format ${found}, this program knows ${schemaVersion}). Install the newer version, or choose another folder with --state-dir`,
    );
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
}

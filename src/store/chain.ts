/**
 * The hash chain: each record carries the hash of itself and of the one before, so that whoever changes, removes or
 * reorders one must change all that follow, and the head kept beside them. Format: docs/formats/chain.md.
 */

import { hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { canonicalJson } from '#lib/canonical-json.ts';

/** Hash before the first record. */
export const genesis = '0'.repeat(64);
/** A segment ends with the day (UTC) or at this many records, whichever comes first. */
const segmentRecords = 20_000;
const dayMs = 86_400_000;

/** What a record's hash covers, besides the hash before it. */
export interface ChainEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly kind: string;
  /** Id of what it is about: alert, acceptance, version of the baseline; else "". */
  readonly ref: string;
  readonly body: string;
}

export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
  readonly segmentFirstSeq: number;
  readonly segmentFromMs: number;
}

/** sha256, hexadecimal, of any text. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Hash of a record on top of the hash before. Lengths are written before texts, so no two records read the same. */
export function hashEntry(previous: string, entry: ChainEntry): string {
  return digestOf(
    `${previous}\n${entry.seq}\n${entry.timeMs}\n${entry.kind.length} ${entry.kind}\n${entry.ref.length} ${entry.ref}\n${entry.body}`,
  );
}

/** Appends to the chain inside the caller's transaction; `restore` takes the head back after a rollback. */
export interface ChainWriter {
  append(record: Omit<ChainEntry, 'seq'>): void;
  /** Writes the head beside the records: call once, last, in each transaction. */
  seal(): void;
  head(): ChainHead;
  restore(head: ChainHead): void;
}

/** Opens the chain at its stored head. */
export function openChain(database: DatabaseSync): ChainWriter {
  const insert = database.prepare('INSERT INTO chain (seq, time_ms, kind, ref, body, hash) VALUES (?, ?, ?, ?, ?, ?)');
  const segment = database.prepare(
    'INSERT INTO segments (first_seq, last_seq, from_ms, until_ms, head) VALUES (?, ?, ?, ?, ?)',
  );
  const newest = database.prepare('SELECT max(time_ms) AS newest FROM chain WHERE seq >= ?');
  const saveHead = database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('head', ?)");
  let head = readHead(database);
  let moved = false;

  const put = (record: Omit<ChainEntry, 'seq'>): void => {
    const entry = { ...record, seq: head.seq + 1 };
    const hashed = hashEntry(head.hash, entry);
    insert.run(entry.seq, entry.timeMs, entry.kind, entry.ref, entry.body, hashed);
    head = { ...head, seq: entry.seq, hash: hashed };
    moved = true;
  };
  return {
    append(record) {
      if (mustSeal(head, record.timeMs)) {
        const sealed = {
          firstSeq: head.segmentFirstSeq,
          lastSeq: head.seq,
          fromMs: head.segmentFromMs,
          untilMs: Number(newest.get(head.segmentFirstSeq)?.['newest'] ?? head.segmentFromMs),
          head: head.hash,
        };
        segment.run(sealed.firstSeq, sealed.lastSeq, sealed.fromMs, sealed.untilMs, sealed.head);
        head = { ...head, segmentFirstSeq: head.seq + 1, segmentFromMs: record.timeMs };
        put({ timeMs: record.timeMs, kind: 'seal', ref: '', body: canonicalJson(sealed) });
      }
      if (head.seq === 0) head = { ...head, segmentFromMs: record.timeMs };
      put(record);
    },
    seal() {
      if (moved) saveHead.run(JSON.stringify(head));
      moved = false;
    },
    head: () => head,
    restore(to) {
      head = to;
      moved = false;
    },
  };
}

function mustSeal(head: ChainHead, timeMs: number): boolean {
  const records = head.seq - head.segmentFirstSeq + 1;
  if (records <= 0) return false;
  return records >= segmentRecords || Math.floor(timeMs / dayMs) > Math.floor(head.segmentFromMs / dayMs);
}

/** The head as stored; an empty chain has seq 0. */
export function readHead(database: DatabaseSync): ChainHead {
  const row = database.prepare("SELECT value FROM meta WHERE name = 'head'").get();
  if (row === undefined) return { seq: 0, hash: genesis, segmentFirstSeq: 1, segmentFromMs: 0 };
  return JSON.parse(String(row['value'])) as ChainHead;
}

/**
 * Reads the whole chain again and finds the first record that was altered, removed, put elsewhere or cut off; then
 * compares alerts, acceptances and baselines with what the chain says of them. What it cannot prove: somebody who may
 * write the file can make a whole new chain, so compare the head with one that was noted outside of this host.
 */

import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import type { VerifyResult } from '#model/verbs.ts';
import { type ChainEntry, digestOf, genesis, hashEntry, readHead } from './chain.ts';
import { moveDigest } from './records.ts';

/** Records read before others get their turn. */
const pace = 2_000;

type Broken = NonNullable<VerifyResult['broken']>;

/** Last digest that the chain gives for something, and in which record. */
type Digests = Map<string, { readonly seq: number; readonly digest: string; readonly timeMs: number }>;

interface Walk {
  records: number;
  sinceMs: number;
  untilMs: number;
  seq: number;
  hash: string;
  readonly digests: Digests;
}

/** See `Store.verify`. */
export async function verifyChain(database: DatabaseSync, signal: AbortSignal): Promise<VerifyResult> {
  const head = readHead(database);
  const start = startOf(database);
  const walk: Walk = { records: 0, sinceMs: 0, untilMs: 0, seq: start.seq, hash: start.hash, digests: new Map() };
  const broken = (await walkChain(database, walk, signal)) ?? endOf(walk, head) ?? compareTables(database, walk, start);
  const { records, sinceMs, untilMs, hash } = walk;
  return { whole: broken === undefined, records, sinceMs, untilMs, head: hash, ...(broken && { broken }) };
}

/** Where the chain begins: at its first record, or after what retention removed and a later record attests. */
function startOf(database: DatabaseSync): { seq: number; hash: string; removedMs: number } {
  const row = database.prepare("SELECT body FROM chain WHERE kind = 'retention' ORDER BY seq DESC LIMIT 1").get();
  if (row === undefined) return { seq: 0, hash: genesis, removedMs: 0 };
  const body = parseObject(String(row['body']));
  return { seq: Number(body['throughSeq']), hash: String(body['head']), removedMs: Number(body['beforeMs']) };
}

async function walkChain(database: DatabaseSync, walk: Walk, signal: AbortSignal): Promise<Broken | undefined> {
  const page = database.prepare('SELECT * FROM chain WHERE seq > ? ORDER BY seq LIMIT ?');
  const before = database.prepare('SELECT seq FROM chain WHERE seq <= ? ORDER BY seq LIMIT 1').get(walk.seq);
  if (before !== undefined) return { seq: Number(before['seq']), why: 'this record stands before the beginning' };
  for (;;) {
    signal.throwIfAborted();
    const rows = page.all(walk.seq, pace);
    for (const row of rows) {
      const broken = step(walk, row);
      if (broken !== undefined) return broken;
    }
    if (rows.length < pace) return undefined;
    await breathe();
  }
}

function step(walk: Walk, row: Record<string, unknown>): Broken | undefined {
  const entry: ChainEntry = {
    seq: Number(row['seq']),
    timeMs: Number(row['time_ms']),
    kind: String(row['kind']),
    ref: String(row['ref']),
    body: String(row['body']),
  };
  const expected = walk.seq + 1;
  if (entry.seq !== expected) {
    const many = entry.seq - expected;
    return { seq: expected, why: many === 1 ? 'this record was removed' : `${many} records from here were removed` };
  }
  const hash = hashEntry(walk.hash, entry);
  if (hash !== row['hash'])
    return { seq: entry.seq, why: 'this record was altered, exchanged with another, or follows an altered one' };
  walk.seq = entry.seq;
  walk.hash = hash;
  walk.records += 1;
  if (walk.sinceMs === 0) walk.sinceMs = entry.timeMs;
  walk.untilMs = entry.timeMs;
  remember(walk.digests, entry);
  return undefined;
}

function remember(digests: Digests, entry: ChainEntry): void {
  if (entry.ref === '') return;
  const note = (kind: string, digest: string): void => {
    digests.set(`${kind} ${entry.ref}`, { seq: entry.seq, digest, timeMs: entry.timeMs });
  };
  if (entry.kind === 'alert') note('alert', digestOf(entry.body));
  if (entry.kind === 'alert-update') note('alert', String(parseObject(entry.body)['digest']));
  if (entry.kind === 'quiet') note('quiet', digestOf(entry.body));
  if (entry.kind === 'block') note('block', digestOf(entry.body));
  if (entry.kind === 'baseline') note('baseline', String(parseObject(entry.body)['digest']));
}

function endOf(walk: Walk, head: { readonly seq: number; readonly hash: string }): Broken | undefined {
  if (walk.seq < head.seq)
    return {
      seq: walk.seq + 1,
      why: `the end was cut off: ${head.seq - walk.seq} records up to ${head.seq} are missing`,
    };
  if (walk.seq > head.seq || walk.hash !== head.hash)
    return {
      seq: head.seq,
      why: 'the head kept beside the chain is another: it, or records after it, were written by somebody else',
    };
  return undefined;
}

function compareTables(database: DatabaseSync, walk: Walk, start: { readonly removedMs: number }): Broken | undefined {
  const problems: Broken[] = [];
  for (const kind of ['alert', 'quiet', 'block'] as const) {
    const found = new Set<string>();
    for (const row of database.prepare(`SELECT id, body FROM ${kind}s`).iterate()) {
      const id = String(row['id']);
      found.add(id);
      const note = walk.digests.get(`${kind} ${id}`);
      if (note !== undefined && note.digest !== digestOf(String(row['body'])))
        problems.push({ seq: note.seq, why: `${kind} ${id} no longer reads as in this record` });
      if (note === undefined && start.removedMs === 0)
        problems.push({ seq: walk.seq, why: `${kind} ${id} stands in no record` });
    }
    for (const [name, note] of walk.digests) {
      const [of, id] = name.split(' ');
      if (of === kind && !found.has(id ?? '') && note.timeMs >= start.removedMs)
        problems.push({ seq: note.seq, why: `${kind} ${id} was removed` });
    }
  }
  problems.push(...compareBaselines(database, walk.digests));
  return problems.sort((a, b) => a.seq - b.seq)[0];
}

function compareBaselines(database: DatabaseSync, digests: Digests): Broken[] {
  const rows = database.prepare('SELECT op, tbl, key, body, by FROM baseline_moves WHERE version = ? ORDER BY id');
  const problems: Broken[] = [];
  for (const [name, note] of digests) {
    if (!name.startsWith('baseline ')) continue;
    const version = Number(name.slice('baseline '.length));
    let digest = '';
    for (const row of rows.iterate(version))
      digest = moveDigest(digest, [row['op'], row['tbl'], row['key'], row['body'], row['by']].map(String));
    if (digest !== note.digest)
      problems.push({ seq: note.seq, why: `version ${version} of the baseline no longer reads as in this record` });
  }
  return problems;
}

/** A chained body is JSON that we wrote; its hash was compared before. */
function parseObject(body: string): Record<string, unknown> {
  return JSON.parse(body) as Record<string, unknown>;
}

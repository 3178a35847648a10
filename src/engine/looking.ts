/** What a look says of a table: confirms what was heard, finds what was not, and pairs rows that share a slot. */

import type { PackageRun } from '#model/host.ts';
import type { Look } from '#model/sensor.ts';
import type { Row } from '#model/table.ts';
import { byKey, differs } from './compare.ts';
import { keysOf } from './deed-rows.ts';
import { gone, type TableParts } from './hearing.ts';
import type { Pending, Seen } from './table-state.ts';
import type { Turn } from './turn.ts';
import type { Renewal } from './upgrade.ts';

/** After a boot services are still coming up: what is missing is not gone before this. */
const bootGraceMs = 5 * 60_000;

/** One look with all that is needed to take it in. */
export interface Taken {
  readonly look: Look;
  /** Blind spots that the look before did not have: what is missing under them is not known to be gone. */
  readonly newGaps: ReadonlySet<string>;
  readonly gaps: ReadonlySet<string>;
  readonly run: PackageRun | undefined;
  /** Never looked before: only what is dangerous in itself may speak. */
  readonly firstSight: boolean;
  /** When the look began, monotonic. */
  readonly beganMs: number;
  /** Another version of the program looked last: what that could have seen is no news. */
  readonly renewal?: Renewal | undefined;
  /** True where only an event can tell that this row, which was heard of, has ended. */
  vouches(row: Row): boolean;
}

/** Takes a look in. Everything it tells is in the turn; returns the rows by key. */
export function takeLook(parts: TableParts, taken: Taken, turn: Turn): ReadonlyMap<string, Row> {
  const rows = byKey(taken.look.rows, parts.state.table);
  const drifted = unconfirmed(parts, rows);
  const work: Work = {
    parts,
    taken,
    turn,
    rows,
    drifted,
    removed: missing(parts, taken, turn, rows),
    later: new Set(),
  };
  const added: [string, Row][] = [];
  parts.state.deferrals.begin(taken.run);
  for (const [key, row] of rows) {
    const seen = parts.state.seen.get(key);
    if (seen === undefined) added.push([key, row]);
    else refresh(work, key, { seen, row });
  }
  for (const [key, row] of added) add(work, key, row);
  for (const [key, row] of work.removed) if (!forgetOld(work, key, row)) remove(work, key, row);
  settlePending(work);
  return rows;
}

interface Work {
  readonly parts: TableParts;
  readonly taken: Taken;
  readonly turn: Turn;
  readonly rows: ReadonlyMap<string, Row>;
  /** Heard of, but not in this look, by slot. */
  readonly drifted: ReadonlyMap<string, string>;
  /** Rows that are gone by this look, and not yet paired with an added one. */
  readonly removed: Map<string, Row>;
  /** Slots of rows that the next look judges: what left them waits with them. */
  readonly later: Set<string>;
}

/** Nobody can be named for this row yet: it is left as it was. */
function isLater({ parts, taken, turn, later }: Work, key: string, row: Row): boolean {
  const { state, ledger } = parts;
  if (taken.firstSight || state.pending.get(key)?.judged === true) return false;
  if (!state.deferrals.isLater({ key, row, nowMs: turn.nowMs }, ledger.parts.host, taken.run)) return false;
  if (state.table.slot.length > 0) later.add(state.slotOf(row));
  return true;
}

/** An event knows less than a look (a name as passed to exec): the same thing may stand in its slot under another key. */
function unconfirmed({ state }: TableParts, rows: ReadonlyMap<string, Row>): Map<string, string> {
  const bySlot = new Map<string, string>();
  if (state.table.slot.length === 0) return bySlot;
  for (const [key, { row }] of state.pending) if (!rows.has(key)) bySlot.set(state.slotOf(row), key);
  return bySlot;
}

/** Seen rows that the look has not: gone, held, or behind a blind spot. */
function missing({ state }: TableParts, taken: Taken, turn: Turn, rows: ReadonlyMap<string, Row>): Map<string, Row> {
  const removed = new Map<string, Row>();
  for (const [key, seen] of state.seen) {
    if (rows.has(key)) continue;
    if (seen.missingUnder === undefined && taken.newGaps.size > 0) seen.missingUnder = taken.newGaps;
    if (seen.missingUnder !== undefined && [...seen.missingUnder].some((gap) => taken.gaps.has(gap))) continue;
    seen.missingUnder = undefined;
    const hold = state.holds.get(key);
    if (hold === undefined || hold.untilMs <= turn.nowMs) removed.set(key, seen.row);
  }
  return removed;
}

/** A row that was there before: details move in silence, compared columns do not. */
function refresh(work: Work, key: string, at: { seen: Seen; row: Row }): void {
  const { parts, taken, turn } = work;
  const { state, ledger, judge } = parts;
  const { seen, row } = at;
  const before = seen.row;
  if (differs(before, row, state.table.compared) && isLater(work, key, row)) return;
  if (state.holds.delete(key) || seen.missingUnder !== undefined) seen.missingUnder = undefined;
  seen.row = row;
  if (seen.ended !== undefined && taken.beganMs > seen.ended.heardAtMs) seen.ended = undefined;
  if (renew(work, key, { seen, before })) return;
  if (!differs(before, row, state.table.compared)) return;
  const change = { type: 'changed', before, after: row } as const;
  // Asked before it is judged: an explained change becomes normal by being explained.
  const back = ledger.baseline.knows(state.table, key, row) || (taken.firstSight && state.isBack(key, before, row));
  ledger.change(turn, state.table.name, { change, timeMs: turn.nowMs, by: 'look' });
  turn.write({ kind: 'seen', seen: { table: state.table.name, key, row, sinceMs: seen.sinceMs } });
  judge.judge(
    { key, change, replaced: undefined, peers: state.peers(key, row), learning: false, toldBy: 'look' },
    turn,
    taken.run,
  );
  if (back) ledger.alerts.closeRow({ table: state.table.name, key, about: 'presence', words: 'it is as it was' }, turn);
}

/** What the version before saw in other words; false where it may really have changed. */
function renew({ parts, taken, turn }: Work, key: string, { seen, before }: { seen: Seen; before: Row }): boolean {
  const { state, ledger, judge } = parts;
  const { name, compared } = state.table;
  const { row, sinceMs } = seen;
  if (taken.renewal === undefined) return false;
  const asNoted = !differs(before, row, compared);
  if (asNoted && compared.every((column) => before[column] !== undefined)) return true;
  if (!asNoted && !taken.renewal.isOld(row)) return false;
  const wasNormal = ledger.baseline.knows(state.table, key, before);
  turn.write({ kind: 'seen', seen: { table: name, key, row, sinceMs } });
  const change = { type: 'changed', before, after: row } as const;
  judge.judge(
    { key, change, replaced: undefined, peers: state.peers(key, row), learning: true, toldBy: 'look' },
    turn,
    taken.run,
  );
  if (wasNormal) taken.renewal.normal(key, row, ledger.baseline.rowsOf(name).get(key)?.by ?? 'upgrade');
  return true;
}

/** A row that the version before did not see, though it was there; what somebody still has to decide about is no such row. */
function addOld({ parts, taken, turn, removed }: Work, key: string, row: Row): boolean {
  const { state, ledger, judge } = parts;
  const { name } = state.table;
  if (taken.renewal?.isOld(row) !== true || state.pending.has(key)) return false;
  const isUndecided = (mate: string): boolean =>
    ledger.alerts.ofRow(name, mate).some((alert) => alert.state === 'open');
  if (state.mates(key, row).some((mate) => removed.has(mate) && isUndecided(mate))) return false;
  const change = { type: 'added', after: row } as const;
  judge.judge(
    { key, change, replaced: undefined, peers: state.peers(key, row), learning: true, toldBy: 'look' },
    turn,
    taken.run,
  );
  state.put(key, { row, sinceMs: turn.nowMs, heardMs: undefined, missingUnder: undefined });
  turn.write({ kind: 'seen', seen: { table: name, key, row, sinceMs: turn.nowMs } });
  if (ledger.alerts.ofRow(name, key).length === 0) taken.renewal.normal(key, row, 'upgrade');
  return true;
}

function add(work: Work, key: string, row: Row): void {
  if (addOld(work, key, row) || isLater(work, key, row)) return;
  const { parts, turn } = work;
  const { state, ledger } = parts;
  const pending = state.pending.get(key) ?? takeDrifted(work, key, row);
  state.pending.delete(key);
  const heardMs = pending?.timeMs;
  if (pending?.judged !== true) judgeNew(work, { key, row, pending });
  const sinceMs = heardMs ?? turn.nowMs;
  state.put(key, { row, sinceMs, heardMs, missingUnder: undefined });
  turn.write({ kind: 'seen', seen: { table: state.table.name, key, row, sinceMs } });
  ledger.alerts.closeRow({ table: state.table.name, key, about: 'absence' }, turn);
}

function judgeNew(work: Work, { key, row, pending }: { key: string; row: Row; pending: Pending | undefined }): void {
  const { parts, taken, turn } = work;
  const { state, ledger, judge } = parts;
  const change = { type: 'added', after: row } as const;
  const left = state.takeLeft(key, row, ledger.parts.host.clock.monotonicMs());
  const replaced = replacedBy(work, key, row) ?? left;
  const timeMs = pending?.timeMs ?? turn.nowMs;
  if (!taken.firstSight) ledger.change(turn, state.table.name, { change, timeMs, by: 'look' });
  const toldBy = pending === undefined ? 'look' : 'kernel event and look';
  const learned = learnedBy(taken, row);
  const at = { key, change, replaced, peers: state.peers(key, row), ...learned, toldBy };
  const { findings, explained } = judge.judge(at, turn, taken.run);
  if (learned.touched && findings.length > 0 && explained === undefined) state.refused.add(key);
}

/** What was heard of since the listener was armed is news, however long the first look takes. */
function learnedBy({ firstSight, look }: Taken, row: Row): { readonly learning: boolean; readonly touched: boolean } {
  const news = firstSight ? look.news?.(row) : undefined;
  return { learning: firstSight && news !== 'new', touched: news === 'changed' };
}

/** The same process in the same slot, heard of under another key: its alerts go on under what the look knows better. */
function takeDrifted(work: Work, key: string, row: Row): Pending | undefined {
  const { parts, taken, turn } = work;
  const { state, ledger, judge } = parts;
  const other = work.drifted.get(state.slotOf(row));
  const pending = other === undefined ? undefined : state.pending.get(other);
  if (other === undefined || pending === undefined || !pending.judged) return undefined;
  if (pending.row['pid'] !== row['pid'] || taken.beganMs < pending.heardAtMs) return undefined;
  state.pending.delete(other);
  const at = { key, change: { type: 'added', after: row } as const, replaced: undefined, learning: false };
  const findings = judge.findings({ ...at, peers: state.peers(key, row), toldBy: 'kernel event and look' }, turn.nowMs);
  const moved = ledger.alerts.rekey({ table: state.table.name, from: other, to: key }, findings, turn);
  return moved ? pending : { ...pending, judged: false };
}

/** A row of the same slot that is gone: the thing changed hands, and the removal is part of that story. */
function replacedBy(work: Work, key: string, row: Row): Row | undefined {
  const { parts, removed } = work;
  const { state } = parts;
  const mates = state.mates(key, row);
  const mate = mates.find((other) => removed.has(other)) ?? state.heldMate(key, row);
  if (mate === undefined) return undefined;
  const before = state.seen.get(mate)?.row;
  for (const other of mates) {
    const seen = state.seen.get(other);
    if (seen === undefined || !(removed.has(other) || state.holds.has(other))) continue;
    removed.delete(other);
    forget(work, other, seen.row);
  }
  return before;
}

/** A removal that is not told by itself. */
function forget({ parts, turn }: Work, key: string, row: Row): void {
  const { state, ledger } = parts;
  const change = { type: 'removed', before: row } as const;
  ledger.change(turn, state.table.name, { change, timeMs: turn.nowMs, by: 'look' });
  state.drop(key);
  turn.write({ kind: 'unseen', table: state.table.name, key });
  ledger.alerts.closeRow({ table: state.table.name, key, about: 'presence' }, turn);
}

/** What only the version before saw is gone without a word. */
function forgetOld(work: Work, key: string, row: Row): boolean {
  const { renewal } = work.taken;
  if (renewal?.isOld(row) !== true) return false;
  forget(work, key, row);
  renewal.unseen(key);
  return true;
}

function remove(work: Work, key: string, row: Row): void {
  const { parts, taken, turn } = work;
  const { state, ledger, judge } = parts;
  const seen = state.seen.get(key);
  if (seen === undefined || work.later.has(state.slotOf(row))) return;
  const held = state.holds.get(key);
  if (held === undefined) {
    // Only what is normal can be missed; the end of something new is told at once.
    const known = ledger.baseline.knows(state.table, key, row);
    const untilMs = known ? holdUntil(parts, row, turn.nowMs) : turn.nowMs;
    if (untilMs > turn.nowMs) {
      state.holds.set(key, { untilMs, goneMs: turn.nowMs });
      return;
    }
  }
  const goneMs = seen.ended?.timeMs ?? held?.goneMs ?? turn.nowMs;
  const lived = seen.heardMs === undefined ? {} : { livedMs: Math.max(0, goneMs - seen.heardMs) };
  const change = { type: 'removed', before: row, ...lived } as const;
  ledger.change(turn, state.table.name, { change, timeMs: turn.nowMs, by: 'look' });
  state.drop(key);
  turn.write({ kind: 'unseen', table: state.table.name, key });
  judge.judge(
    { key, change, replaced: undefined, peers: state.peers(key, row), learning: false, toldBy: 'look' },
    turn,
    taken.run,
  );
  ledger.alerts.closeRow({ table: state.table.name, key, about: 'presence' }, turn);
  state.leave(key, row, ledger.parts.host.clock.monotonicMs());
}

function holdUntil({ judge, ledger }: TableParts, row: Row, nowMs: number): number {
  const holdMs = judge.holdMs(row);
  if (holdMs <= 0) return nowMs;
  const { clock } = ledger.parts.host;
  return Math.max(nowMs + holdMs, clock.bootMs() + bootGraceMs);
}

/** What was heard of before this look began and is not in it has gone in between, unless events speak against that. */
function settlePending({ parts, taken, turn, rows }: Work): void {
  for (const [key, pending] of parts.state.pending) {
    if (rows.has(key) || pending.heardAtMs >= taken.beganMs) continue;
    pending.vouched = taken.vouches(pending.row);
    if (pending.vouched) continue;
    gone(parts, { key, pending, timeMs: turn.nowMs, run: taken.run, toldBy: 'kernel event, gone at the look' }, turn);
  }
  if (parts.state.forgot) closeForgotten(parts, rows, turn);
}

/** In a flood rows were told that nothing remembers: what does not stand now is over. */
function closeForgotten({ state, ledger }: TableParts, rows: ReadonlyMap<string, Row>, turn: Turn): void {
  state.forgot = false;
  for (const alert of ledger.alerts.open()) {
    if (alert.table !== state.table.name || alert.about !== 'presence') continue;
    if (keysOf(alert).every((key) => !rows.has(key) && !state.pending.has(key)))
      ledger.alerts.close(alert, turn, 'it is gone');
  }
}

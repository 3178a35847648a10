/** What events say of a table: judged at once and kept as pending until a look confirms it or finds it gone. */

import type { PackageRun } from '#model/host.ts';
import type { SensorEvent } from '#model/sensor.ts';
import { keyOf, type Row } from '#model/table.ts';
import type { Judge } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { type Pending, pendingRows, type TableState } from './table-state.ts';
import type { Turn } from './turn.ts';

/** Parts that hearing and looking share. */
export interface TableParts {
  readonly ledger: Ledger;
  readonly state: TableState;
  readonly judge: Judge;
}

/** When the next look is wanted: `now` where only a look can tell what happened. */
export type Wanted = 'now' | 'soon' | 'none';

/** Takes one event; returns whether a look is wanted. */
export function hear(parts: TableParts, event: SensorEvent, turn: Turn, run: PackageRun | undefined): Wanted {
  if (event.row === undefined || event.kind === 'stale') return 'soon';
  const { row, timeMs, again = false } = event;
  const at = { key: keyOf(row, parts.state.table.key), row, timeMs, run, again };
  return event.kind === 'appeared' ? appeared(parts, at, turn) : disappeared(parts, at, turn);
}

interface Heard {
  readonly key: string;
  readonly row: Row;
  readonly timeMs: number;
  readonly run: PackageRun | undefined;
  readonly again: boolean;
}

function appeared(parts: TableParts, { key, row, timeMs, run, again }: Heard, turn: Turn): Wanted {
  const { state } = parts;
  // Back within its hold, or one more socket of a known identity: no news; the look will say.
  if (state.seen.has(key)) {
    state.holds.delete(key);
    endsAt(parts, key, undefined);
    if (again) judgeHeard(parts, { key, row, run }, turn);
    return 'soon';
  }
  const known = state.pending.get(key);
  if (known !== undefined) {
    known.alive += 1;
    if (known.judged) judgeAdded(parts, { key, row, timeMs, run }, turn);
    return 'soon';
  }
  // Another row stands in this slot: changed hands, or a second owner? Only a look can tell.
  const unclear = state.mates(key, row).length > 0 && state.pending.size < pendingRows;
  const told = unclear ? 'nothing' : judgeAdded(parts, { key, row, timeMs, run }, turn);
  if (state.pending.size >= pendingRows) {
    state.forgot = true;
    return 'soon';
  }
  const heardAtMs = parts.ledger.parts.host.clock.monotonicMs();
  state.pending.set(key, { row, timeMs, heardAtMs, judged: !unclear, told, alive: 1 });
  return unclear ? 'now' : 'soon';
}

function judgeAdded(parts: TableParts, { key, row, timeMs, run }: Omit<Heard, 'again'>, turn: Turn): Pending['told'] {
  const change = { type: 'added', after: row } as const;
  parts.ledger.change(turn, parts.state.table.name, { change, timeMs, by: 'event' });
  return judgeHeard(parts, { key, row, run }, turn);
}

function judgeHeard(
  { ledger, state, judge }: TableParts,
  { key, row, run }: Pick<Heard, 'key' | 'row' | 'run'>,
  turn: Turn,
): Pending['told'] {
  const at = {
    key,
    change: { type: 'added', after: row } as const,
    replaced: state.takeLeft(key, row, ledger.parts.host.clock.monotonicMs()),
    peers: state.peers(key, row),
    learning: false,
    toldBy: 'kernel event',
  };
  return judge.judge(at, turn, run).told;
}

function disappeared(parts: TableParts, { key, timeMs, run }: Heard, turn: Turn): Wanted {
  const { state } = parts;
  const pending = state.pending.get(key);
  if (pending === undefined) {
    endsAt(parts, key, timeMs);
    return 'soon';
  }
  pending.alive -= 1;
  if (pending.alive > 0) return 'soon';
  gone(parts, { key, pending, timeMs, run, toldBy: 'kernel event' }, turn);
  return 'soon';
}

/** Only a look says that a seen row is gone; when it went, the kernel's event knows better. */
function endsAt({ state, ledger }: TableParts, key: string, timeMs: number | undefined): void {
  const seen = state.seen.get(key);
  if (seen === undefined) return;
  seen.ended = timeMs === undefined ? undefined : { timeMs, heardAtMs: ledger.parts.host.clock.monotonicMs() };
}

/** A row that was heard of is gone before a look confirmed it. */
export function gone(
  parts: TableParts,
  what: { key: string; pending: Pending; timeMs: number; run: PackageRun | undefined; toldBy: string },
  turn: Turn,
): void {
  const { ledger, state, judge } = parts;
  const { key, pending, timeMs, run, toldBy } = what;
  state.pending.delete(key);
  // It stood beside another row of its slot and is gone again: told now, for no look will tell of it.
  const told = pending.judged
    ? pending.told
    : judgeAdded(parts, { key, row: pending.row, timeMs: pending.timeMs, run }, turn);
  const change = { type: 'removed', before: pending.row, livedMs: Math.max(0, timeMs - pending.timeMs) } as const;
  ledger.change(turn, state.table.name, { change, timeMs, by: 'event' });
  if (told !== 'counted') {
    const at = { key, change, replaced: undefined, peers: state.peers(key, pending.row), learning: false, toldBy };
    judge.judge(at, turn, run);
  }
  ledger.alerts.closeRow({ table: state.table.name, key, about: 'presence' }, turn);
  state.leave(key, pending.row, ledger.parts.host.clock.monotonicMs());
}

/** What a new row means for its place: one change is one finding, so exactly one of the rules on listeners speaks. */

import type { Judgement } from '#model/sensor.ts';
import type { SocketRow } from '#sensors/socket-table.ts';
import { hasPort, isEverywhere } from './socket-words.ts';

/** `other`: the row that was, or still is, in the same place. */
export interface Arrival {
  readonly kind: 'new' | 'widened' | 'replaced' | 'second' | 'moved';
  readonly row: SocketRow;
  readonly other: SocketRow | undefined;
}

/** Undefined when it is no listener, or no news: known, learned, or a client's port that was there before us. */
export function arrivalOf(judgement: Judgement<SocketRow>): Arrival | undefined {
  const { change, known, learning } = judgement;
  if (change.type !== 'added' || known || learning) return undefined;
  const row = change.after;
  return hasPort(row) && !isOldClient(row) ? kindOf(row, judgement) : undefined;
}

function kindOf(row: SocketRow, { replaced, peers }: Judgement<SocketRow>): Arrival {
  const before = replaced === undefined ? peers : [replaced, ...peers];
  const narrower = before.find((other) => isSameProgram(row, other) && span(other) < span(row));
  if (narrower !== undefined) return { kind: 'widened', row, other: narrower };
  if (replaced !== undefined && replaced.exe !== row.exe) return { kind: 'replaced', row, other: replaced };
  const sharing = peers.find((other) => overlaps(row, other) && !isSameProgram(row, other));
  if (sharing !== undefined) return { kind: 'second', row, other: sharing };
  const moved = replaced?.address === row.address ? replaced : undefined;
  return { kind: moved === undefined ? 'new' : 'moved', row, other: moved };
}

/** After a restart of the watch nobody can tell a resolver's question from a listener: packaged ones are let pass. */
function isOldClient(row: SocketRow): boolean {
  return row.ephemeral && row.early && row.packageState === 'packaged';
}

function isSameProgram(a: SocketRow, b: SocketRow): boolean {
  return a.exe === b.exe && a.user === b.user;
}

/** 0 loopback, 1 one address, 2 every address. */
function span(row: SocketRow): number {
  if (row.exposure === 'local') return 0;
  return isEverywhere(row) ? 2 : 1;
}

function overlaps(a: SocketRow, b: SocketRow): boolean {
  return a.address === b.address || isEverywhere(a) || isEverywhere(b);
}

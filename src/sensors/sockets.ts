/** Watches what can receive on this host: see docs/sensors/sockets.md. */

import { setImmediate } from 'node:timers/promises';
import type { RawSocket, SocketHost } from '#model/host.ts';
import { defineSensor, type Look } from '#model/sensor.ts';
import { receives } from './socket-kind.ts';
import { memoryOf } from './socket-memory.ts';
import { mergeRows, rowOf } from './socket-row.ts';
import { type SocketRow, sockets } from './socket-table.ts';
import { viewsOf } from './socket-views.ts';

export { type SocketRow, sockets } from './socket-table.ts';

/** Sockets whose owner cannot be found are told as they are, with an empty executable; what only sends is no row. */
export default defineSensor<SocketRow>({
  name: 'sockets',
  doc: 'Asks the kernel for every socket that can receive, and finds who holds it.',
  everyMs: 10_000,
  table: sockets,
  vouches: (host, row) => viewsOf(host).vouches(row),
  look: lookAtSockets,
});

/** One look at what can receive on this host, as the sensor makes it. */
export async function lookAtSockets(host: SocketHost, signal: AbortSignal): Promise<Look<SocketRow>> {
  const compared = viewsOf(host).beginLook();
  const snapshot = await host.network.snapshot({ scope: host.scope, what: 'receiving', signal });
  const look = memoryOf(host).beginLook();
  const rows: SocketRow[] = [];
  const add = (socket: RawSocket, pids: readonly number[]): void => {
    const row = look.row(socket, pids, (options) => rowOf(host, socket, pids, options));
    compared?.saw(socket, row);
    rows.push(row);
  };
  for (let index = 0; index < snapshot.length; index += 1) {
    // A hundred thousand sockets must not hold the loop: events are read in between.
    if (index % 2000 === 1999) await setImmediate();
    const socket = snapshot.at(index);
    if (!receives(socket)) continue;
    const pids = snapshot.ownersOf(index);
    if (!look.isUnconfirmed(socket, pids) && !look.isUndecided(socket, pids)) add(socket, pids);
  }
  snapshot.release?.();
  for (const { socket, pids } of await look.decide()) add(socket, pids);
  signal.throwIfAborted();
  const merged = mergeRows(rows);
  look.end(merged);
  compared?.end(snapshot.gaps);
  return { rows: merged, gaps: snapshot.gaps, by: snapshot.by };
}

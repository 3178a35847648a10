/** Tells where two views of this host differ: see docs/sensors/disagreements.md. */

import type { Host } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { keyOf } from '#model/table.ts';
import { type DisagreementRow, disagreements, noProcess } from './disagreement-table.ts';
import { fileViewsOf } from './file-views.ts';
import { heldSockets } from './held-sockets.ts';
import { listingsOf, READINGS, type Unequal } from './socket-listings.ts';
import { rowOf } from './socket-row.ts';
import type { SocketRow } from './socket-table.ts';
import { type Differing, viewsOf } from './socket-views.ts';

export { type DisagreementRow, disagreements, noProcess } from './disagreement-table.ts';

/** Rows of each kind; more at once say no more than these. */
const MAX_ROWS = 64;

/** What differs is known from the looks of others, which costs nothing; only the two listings are read, once a minute. */
export default defineSensor<DisagreementRow>({
  name: 'disagreements',
  doc: 'Holds two views of this host against each other: listeners, sockets and files.',
  everyMs: 10_000,
  table: disagreements,
  async look(host, signal) {
    const views = viewsOf(host);
    const hidden = await proven(host, views.suspects().slice(0, MAX_ROWS), signal);
    const untold = views.untold().slice(0, MAX_ROWS);
    const files = fileViewsOf(host).look().slice(0, MAX_ROWS);
    const unequal = await listingsOf(host).look(signal);
    return {
      rows: [
        ...hidden.map(({ differing, proof }) => listenerRow(differing, 'events', proof)),
        ...untold.map((differing) => listenerRow(differing, 'look', 'it stands in every look since')),
        ...files.map(({ path, sinceMs }) => fileRow(path, sinceMs)),
        ...distinct(unequal.map((one) => socketRow(host, one))),
      ],
      gaps: [],
      by: 'events, looks and listings',
    };
  },
});

/**
 * Those whose process holds a socket that no dump of the kernel has, of whatever kind: the listener that was told. One
 * whose process holds none has ended, and its end was not told.
 */
async function proven(
  host: Host,
  suspects: readonly Differing[],
  signal: AbortSignal,
): Promise<{ readonly differing: Differing; readonly proof: string }[]> {
  if (suspects.length === 0) return [];
  // Read before the dump: what is opened in between is in the dump, and not asked about.
  const held = suspects.map((differing) => ({ differing, inodes: heldSockets(host.files, differing.row.pid) }));
  const listed = await listedSockets(host, signal);
  if (listed === undefined) return [];
  const found: { readonly differing: Differing; readonly proof: string }[] = [];
  for (const { differing, inodes } of held) {
    const { row } = differing;
    if (inodes === undefined) {
      found.push({ differing, proof: `process ${row.pid} lives, and its descriptors are hidden` });
      continue;
    }
    const inode = inodes.find((one) => !listed.has(one));
    if (inode === undefined) viewsOf(host).drop(row);
    else found.push({ differing, proof: `process ${row.pid} holds socket ${inode}, which no listing has` });
  }
  return found;
}

/** Inodes of all sockets, connections as well; undefined where not all could be seen. */
async function listedSockets(host: Host, signal: AbortSignal): Promise<ReadonlySet<number> | undefined> {
  const snapshot = await host.network.snapshot({ scope: host.scope, what: 'all', signal });
  const inodes = new Set<number>();
  for (let index = 0; index < snapshot.length; index += 1) inodes.add(snapshot.at(index).inode);
  const whole = snapshot.gaps.every(({ reduced }) => reduced === true);
  snapshot.release?.();
  return whole ? inodes : undefined;
}

function listenerRow({ row, sinceMs }: Differing, shownBy: 'events' | 'look', proof: string): DisagreementRow {
  return {
    thing: 'listener',
    shownBy,
    name: `tcp ${placeText(row.family, row.address, row.port)}`,
    sinceMs,
    proof,
    port: row.port,
    ...processCells(row),
  };
}

function socketRow(host: Host, { socket, shownBy, pids, sinceMs }: Unequal): DisagreementRow {
  const { family, protocol, localAddress, localPort, path, inode } = socket;
  return {
    thing: 'socket',
    shownBy,
    // Random parts of a path are "*" in the row of a socket: the place itself is what can be looked at.
    name: family === 'unix' ? `unix ${path}` : `${protocol} ${placeText(family, localAddress, localPort)}`,
    sinceMs,
    proof: `socket ${inode} stands in ${shownBy} only, in ${READINGS} readings of both`,
    port: localPort,
    ...processCells(rowOf(host, socket, pids, { verify: false, early: false, ephemeral: false })),
  };
}

function placeText(family: string, address: string, port: number): string {
  return `${family === 'inet6' ? `[${address}]` : address}:${port}`;
}

/** Sockets may share a place (SO_REUSEPORT): one row says it. */
function distinct(rows: readonly DisagreementRow[]): readonly DisagreementRow[] {
  return [...new Map(rows.map((row) => [keyOf(row, disagreements.key), row])).values()];
}

function processCells(row: SocketRow) {
  const { namespace, exe, exeNow, pid, comm, uid, cmdline, parents, package: owner, startedMs } = row;
  const user = row.runsAs || row.user;
  return {
    namespace,
    exe,
    pid,
    comm,
    user,
    uid,
    cmdline,
    unit: row.unitNow,
    package: owner,
    parents,
    exeNow,
    startedMs,
  };
}

function fileRow(path: string, sinceMs: number): DisagreementRow {
  const proof = 'it can be opened by its name, and its folder does not list it';
  return { ...noProcess, thing: 'file', shownBy: 'events', name: path, namespace: '', exe: '', sinceMs, proof };
}

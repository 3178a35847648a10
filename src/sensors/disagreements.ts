/** Tells where two views of this host differ: see docs/sensors/disagreements.md. */

import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { type DisagreementRow, disagreements, noProcess } from './disagreement-table.ts';
import { fileViewsOf } from './file-views.ts';
import { type Differing, viewsOf } from './socket-views.ts';

export { type DisagreementRow, disagreements, noProcess } from './disagreement-table.ts';

/** Rows of each kind; more at once say no more than these. */
const MAX_ROWS = 64;
/** Descriptors of a process that are asked about. */
const MAX_DESCRIPTORS = 65_536;

/** Costs nothing while the views agree: what differs is known from the looks of others. */
export default defineSensor<DisagreementRow>({
  name: 'disagreements',
  doc: 'Holds what events told against what looks show: listeners and files.',
  everyMs: 10_000,
  table: disagreements,
  async look(host, signal) {
    const views = viewsOf(host);
    const hidden = await proven(host, views.suspects().slice(0, MAX_ROWS), signal);
    const untold = views.untold().slice(0, MAX_ROWS);
    const files = fileViewsOf(host).look().slice(0, MAX_ROWS);
    return {
      rows: [
        ...hidden.map(({ differing, proof }) => listenerRow(differing, 'events', proof)),
        ...untold.map((differing) => listenerRow(differing, 'look', 'it stands in every look since')),
        ...files.map(({ path, sinceMs }) => fileRow(path, sinceMs)),
      ],
      gaps: [],
      by: 'events and looks',
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
  const held = suspects.map((differing) => ({ differing, inodes: socketsOf(host, differing.row.pid) }));
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

/** Undefined where /proc does not even show the process. */
function socketsOf(host: Host, pid: number): readonly number[] | undefined {
  const folder = `/proc/${pid}/fd`;
  const names = host.files.list(folder);
  if (isFailure(names)) return undefined;
  const inodes: number[] = [];
  for (const name of names.slice(0, MAX_DESCRIPTORS)) {
    const target = host.files.readlink(`${folder}/${name}`);
    const inode = isFailure(target) ? null : /^socket:\[(\d{1,15})\]$/.exec(target);
    if (inode !== null) inodes.push(Number(inode[1]));
  }
  return inodes;
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
  const address = row.family === 'inet6' ? `[${row.address}]` : row.address;
  const { namespace, exe, exeNow, port, pid, comm, uid, cmdline, parents, package: owner, startedMs } = row;
  return {
    thing: 'listener',
    shownBy,
    name: `tcp ${address}:${port}`,
    namespace,
    exe,
    sinceMs,
    proof,
    port,
    pid,
    comm,
    user: row.runsAs || row.user,
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

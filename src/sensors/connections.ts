/** Established connections: a view that is looked up when asked for. Never compared, never baselined. */

import type { RawSocket, SocketHost } from '#model/host.ts';
import type { Look } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { receives } from './socket-kind.ts';
import { firstKnown, holdersOf, isInet } from './socket-row.ts';

/** One row a socket. */
export const connections = defineTable({
  name: 'connections',
  doc: 'Sockets that talk to a peer now: TCP and UDP connections, connected Unix sockets.',
  slot: ['namespace', 'family', 'protocol', 'inode'],
  columns: {
    protocol: ['text', 'tcp, udp, stream, dgram …', 'identity'],
    family: ['text', 'inet, inet6 or unix', 'identity'],
    state: ['text', 'ESTAB, SYN-SENT, TIME-WAIT …, as ss prints it'],
    address: ['text', 'Local address', 'identity'],
    port: ['int', 'Local port', 'identity'],
    remoteAddress: ['text', "The peer's address", 'identity'],
    remotePort: ['int', "The peer's port", 'identity'],
    path: ['text', 'Unix path or "@name"; "" when unnamed', 'identity'],
    comm: ['text', 'Name of the process that holds it'],
    pid: ['int', 'The oldest process that holds it; 0 when none was found'],
    user: ['text', 'User of that process; for TCP and UDP the user that made the socket'],
    exe: ['text', 'Its executable'],
    cmdline: ['text', 'Its command line, cut at 1,024 characters'],
    namespace: ['text', 'Network namespace', 'identity'],
    holders: ['list', 'Processes that hold it, oldest first; at most 16'],
    receiveQueueBytes: ['int', 'Waiting to be read'],
    sendQueueBytes: ['int', 'Not yet sent or acknowledged'],
    inode: ['int', 'Inode number of the socket', 'identity'],
  },
});

/** A row of `connections`. */
export type ConnectionRow = NonNullable<(typeof connections)['row']>;

/** Every socket that is no row of `sockets`. */
export async function lookAtConnections(host: SocketHost, signal: AbortSignal): Promise<Look<ConnectionRow>> {
  const snapshot = await host.network.snapshot({ scope: host.scope, what: 'all', signal });
  const rows: ConnectionRow[] = [];
  for (let index = 0; index < snapshot.length; index += 1) {
    const socket = snapshot.at(index);
    if (receives(socket) || !(isInet(socket) || socket.family === 'unix')) continue;
    rows.push(connectionRow(host, socket, snapshot.ownersOf(index)));
  }
  snapshot.release?.();
  return { rows, gaps: snapshot.gaps, by: snapshot.by };
}

const MAX_CMDLINE = 1024;
const NOBODY = { comm: '', pid: 0, user: '', exe: '', cmdline: '' };

/** A row of one connection; `pids` are its holders, oldest first. */
function connectionRow(host: SocketHost, socket: RawSocket, pids: readonly number[]): ConnectionRow {
  const { comm, pid, user, exe, cmdline } = firstKnown(host, pids) ?? NOBODY;
  return {
    protocol: socket.protocol,
    family: socket.family,
    state: socket.state,
    address: socket.localAddress,
    port: socket.localPort,
    remoteAddress: socket.remoteAddress,
    remotePort: socket.remotePort,
    path: socket.path,
    comm,
    pid,
    user: isInet(socket) ? host.userName(socket.uid) : user,
    exe,
    cmdline: cmdline.slice(0, MAX_CMDLINE),
    namespace: host.network.labelOf(socket.namespace),
    holders: holdersOf(host, pids),
    receiveQueueBytes: socket.receiveQueueBytes,
    sendQueueBytes: socket.sendQueueBytes,
    inode: socket.inode,
  };
}

/** A shell or interpreter that takes its commands from a connection instead of a terminal. */

import { parseProcNetIp } from '#formats/proc-net-ip.ts';
import { parseProcNetUnix } from '#formats/proc-net-unix.ts';
import { isInterpreterName } from '#formats/script-of.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { type Host, isFailure, type RawSocket } from '#model/host.ts';
import type { Sign, Suspect } from './sign.ts';

const SOCKET = /^socket:\[(\d{1,20})\]$/;

/** `socket as input`; the address of the other side is a detail. Undefined inode: a pipe, a file, a terminal. */
export function inputSigns({ host, process }: Suspect): Sign[] {
  if (!isInterpreterName(process.exe)) return [];
  const input = socketOf(host, process.pid, 0);
  const output = socketOf(host, process.pid, 1);
  if (input === undefined || output === undefined) return [];
  const socket = connectionOf(host, process.pid, input);
  if (socket === undefined) return [];
  const remote = socket.remoteAddress.includes(':') ? `[${socket.remoteAddress}]` : socket.remoteAddress;
  return [{ sign: 'socket as input', value: 'connection', detail: `${remote}:${socket.remotePort}` }];
}

function socketOf(host: Host, pid: number, descriptor: number): number | undefined {
  const link = host.files.readlink(`/proc/${pid}/fd/${descriptor}`);
  const match = isFailure(link) ? null : SOCKET.exec(link);
  return match === null ? undefined : Number(match[1]);
}

/** Sockets asked about; the oldest goes. A number of a socket is not given again for a long time. */
const MAX_SOCKETS = 4096;
/** A million connections; beyond it the table is not read, and the sign is missed. */
const TABLE_BYTES = 160 << 20;
const TABLES = [
  ['tcp', 'tcp', 'inet'],
  ['tcp6', 'tcp', 'inet6'],
  ['udp', 'udp', 'inet'],
  ['udp6', 'udp', 'inet6'],
] as const;

type Connection = Pick<RawSocket, 'remoteAddress' | 'remotePort'>;
const asked = new WeakMap<Host, BoundedMap<number, Connection | undefined>>();

/** The inet socket of that inode: what speaks over a Unix socket is a local matter (sshd gives commands those). */
function connectionOf(host: Host, pid: number, inode: number): Connection | undefined {
  const known = asked.get(host) ?? new BoundedMap<number, Connection | undefined>(MAX_SOCKETS);
  asked.set(host, known);
  // Once a socket, however many children have it.
  if (!known.has(inode)) known.set(inode, findConnection(host, pid, inode));
  return known.get(inode);
}

/** In the tables of its own network namespace. Most sockets in that place are Unix sockets, whose table is short. */
function findConnection(host: Host, pid: number, inode: number): Connection | undefined {
  const local = host.files.read(`/proc/${pid}/net/unix`, TABLE_BYTES);
  const ofUnix = isFailure(local) ? [] : parseProcNetUnix(local.toString('latin1')).rows;
  if (ofUnix.some((socket) => socket.inode === inode)) return undefined;
  for (const [name, protocol, family] of TABLES) {
    const bytes = host.files.read(`/proc/${pid}/net/${name}`, TABLE_BYTES);
    const rows = isFailure(bytes) ? [] : parseProcNetIp(bytes.toString('latin1'), protocol, family).rows;
    const found = rows.find((socket) => socket.inode === inode);
    if (found !== undefined) return found;
  }
  return undefined;
}

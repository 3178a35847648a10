/** A shell or interpreter that takes its commands from a connection instead of a terminal. */

import { isInterpreterName } from '#formats/script-of.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { type Host, isFailure, type RawSocket } from '#model/host.ts';
import type { Sign, Suspect } from './sign.ts';

const SOCKET = /^socket:\[(\d{1,20})\]$/;

/** `socket as input`; the address of the other side is a detail. Undefined inode: a pipe, a file, a terminal. */
export async function inputSigns({ host, process }: Suspect, signal: AbortSignal): Promise<Sign[]> {
  if (!isInterpreterName(process.exe)) return [];
  const input = socketOf(host, process.pid, 0);
  const output = socketOf(host, process.pid, 1);
  if (input === undefined || output === undefined) return [];
  const socket = await connectionOf(host, input, signal);
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
const asked = new WeakMap<Host, BoundedMap<number, RawSocket | undefined>>();

/** The inet socket of that inode: what speaks over a Unix socket is a local matter (sshd gives commands those). */
async function connectionOf(host: Host, inode: number, signal: AbortSignal): Promise<RawSocket | undefined> {
  const known = asked.get(host) ?? new BoundedMap<number, RawSocket | undefined>(MAX_SOCKETS);
  asked.set(host, known);
  // All sockets of all namespaces are asked for one: once a socket, however many children have it.
  if (!known.has(inode)) known.set(inode, await findConnection(host, inode, signal));
  return known.get(inode);
}

async function findConnection(host: Host, inode: number, signal: AbortSignal): Promise<RawSocket | undefined> {
  const snapshot = await host.network.snapshot({ scope: host.scope, what: 'all', signal });
  for (let index = 0; index < snapshot.length; index += 1) {
    const socket = snapshot.at(index);
    if (socket.inode === inode) return socket.family === 'inet' || socket.family === 'inet6' ? socket : undefined;
  }
  return undefined;
}

/** Who is at the other end of a Unix socket, by the kernel's word: unix(7), SO_PEERCRED. */

import type { Socket } from 'node:net';
import type { Failure } from '#model/host.ts';
import { failureAt, libc } from './ffi.ts';

/** Credentials at the time of connect(2). */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;

/** Credentials of the peer of a connected Unix socket. Node has no call for it, so its descriptor is asked. */
export function peerOf(socket: Socket): Peer | Failure {
  const fd = descriptorOf(socket);
  if (fd === undefined) return { error: 'EBADF', path: 'control socket' };
  const ucred = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(ucred.length);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ucred, length) !== 0) return failureAt('control socket');
  const uid = ucred.readUInt32LE(4);
  // A TCP socket answers with pid 0 and uid -1 instead of an error.
  if (uid === 0xff_ff_ff_ff) return { error: 'EOPNOTSUPP', path: 'control socket' };
  return { pid: ucred.readInt32LE(0), uid, gid: ucred.readUInt32LE(8) };
}

/** `_handle.fd` is not in Node's documentation, but has been there since 0.x; its absence is a failure, not a guess. */
function descriptorOf(socket: Socket): number | undefined {
  const handle = (socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null })._handle;
  const fd = handle?.fd;
  return typeof fd === 'number' && fd >= 0 ? fd : undefined;
}

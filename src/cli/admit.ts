/** Who may ask the daemon: root, the daemon's own user, and members of the socket's group. */

import { statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { peerOf } from '#host/peer.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { Asker } from '#model/verbs.ts';
import { askerName } from './local-desk.ts';

/**
 * Decides by SO_PEERCRED (unix(7)). The kernel already refuses others at the 0660 socket; this holds also when somebody
 * loosened its mode or passed an open descriptor on.
 */
export function admit(
  socket: Socket,
  host: Pick<Host, 'files' | 'userName'>,
  path: string,
): Asker | { readonly refused: string } {
  const peer = peerOf(socket);
  if (isFailure(peer)) return { refused: `Cannot tell who you are: ${peer.error}` };
  const name = askerName(host.userName(peer.uid), peer.uid);
  if (peer.uid === 0 || peer.uid === process.geteuid?.()) return { name, uid: peer.uid, via: 'terminal' };
  const gid = statSync(path, { throwIfNoEntry: false })?.gid;
  if (gid === undefined) return { refused: `Cannot answer ${name}: the socket was removed. Run it with sudo` };
  if (peer.gid === gid || supplementary(host, peer.pid).includes(gid)) return { name, uid: peer.uid, via: 'terminal' };
  return { refused: `Cannot answer ${name}: only root and members of group ${gid} may ask. Run it with sudo` };
}

// proc_pid_status(5): "Groups:\t4 24 27". The peer may have changed since it connected, so this only adds to its gid.
function supplementary(host: Pick<Host, 'files'>, pid: number): readonly number[] {
  const status = host.files.read(`/proc/${pid}/status`, 65_536);
  if (isFailure(status)) return [];
  const groups = /^Groups:\s*([\d ]*)$/m.exec(status.toString('latin1'))?.[1] ?? '';
  return groups
    .split(' ')
    .filter((part) => part !== '')
    .map(Number);
}

/** Sockets that a process holds, as its descriptors tell: links such as "socket:[812345]" in /proc/PID/fd, proc(5). */

import { setImmediate } from 'node:timers/promises';
import { type Files, type Host, isFailure } from '#model/host.ts';

/** Descriptors of a process that are asked about. */
const MAX_DESCRIPTORS = 65_536;

/** Inodes; undefined where /proc does not even show the process. */
export function heldSockets(files: Files, pid: number): readonly number[] | undefined {
  const folder = `/proc/${pid}/fd`;
  const names = files.list(folder);
  if (isFailure(names)) return undefined;
  const inodes: number[] = [];
  for (const name of names.slice(0, MAX_DESCRIPTORS)) {
    const target = files.readlink(`${folder}/${name}`);
    const inode = isFailure(target) ? null : /^socket:\[(\d{1,15})\]$/.exec(target);
    if (inode !== null) inodes.push(Number(inode[1]));
  }
  return inodes;
}

/** Lowest process number that holds each inode. Reads every descriptor of the host: only for what is worth an alert. */
export async function holdersOf(
  { files, processes }: Pick<Host, 'files' | 'processes'>,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  for (const { pid } of processes.list().toSorted((a, b) => a.pid - b.pid)) {
    if (found.size === wanted.size) break;
    for (const inode of heldSockets(files, pid) ?? [])
      if (wanted.has(inode) && !found.has(inode)) found.set(inode, pid);
    await setImmediate();
  }
  return found;
}

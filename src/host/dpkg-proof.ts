/** Whether a process is the dpkg of this host: what it and its children do belongs to a package run. */

import { statSync } from 'node:fs';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Packages, ProcessFacts } from '#model/host.ts';

const DPKG = '/usr/bin/dpkg';
/** Programs that start dpkg and wait for it. */
const APT = ['/usr/bin/apt-get', '/usr/bin/apt', '/usr/bin/aptitude-curses'];
/** Proven processes that are remembered after their end; the oldest goes. */
const MAX_PROVEN = 256;

/**
 * Makes the question. Name and place prove nothing: in a mount namespace of his own anybody may call a file
 * /usr/bin/dpkg. What was proven while it ran stays so when it is asked about after its end.
 */
export function openDpkgProof(packages: Pick<Packages, 'verify'>): (process: ProcessFacts) => boolean {
  const proven = new BoundedMap<string, true>(MAX_PROVEN);
  return ({ exe, pid, parentPid, startTicks, asStarted }) => {
    if (exe !== DPKG) return false;
    const key = `${pid} ${startTicks}`;
    if (proven.get(key) === true) return true;
    const is = running(pid);
    // dpkg --remove is over in 50 ms, on a busy host before anybody could ask: then the apt that waits for it vouches.
    const known =
      is === undefined ? !asStarted && APT.some((path) => isShipped(running(parentPid), path)) : isShipped(is, DPKG);
    if (!known || packages.verify(DPKG) !== 'same') return false;
    proven.set(key, true);
    return true;
  };

  function isShipped(file: FileId | undefined, path: string): boolean {
    const shipped = statSync(path, { throwIfNoEntry: false });
    return (
      file !== undefined && file.ino === shipped?.ino && file.dev === shipped.dev && packages.verify(path) === 'same'
    );
  }
}

interface FileId {
  readonly ino: number;
  readonly dev: number;
}

/** The file that a process runs; undefined when it is gone. */
function running(pid: number): FileId | undefined {
  return pid > 0 ? statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false }) : undefined;
}

/** Whether a process is the dpkg of this host: what it and its children do belongs to a package run. */

import { readFileSync, statSync } from 'node:fs';
import { parseProcStat } from '#formats/proc-stat.ts';
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
  return ({ exe, pid, parentPid, startTicks }) => {
    if (exe !== DPKG) return false;
    const key = `${pid} ${startTicks}`;
    if (proven.get(key) === true) return true;
    const is = fileOf(pid);
    // Asked for each: an apt that is upgraded by its own run is proven before it is.
    const waited = isApt(parentPid);
    // dpkg --remove is over in 50 ms, on a busy host before anybody could ask: then the apt that waits for it vouches.
    const known = is === undefined ? waited : isShipped(is, DPKG);
    if (!known || packages.verify(DPKG) !== 'same') return false;
    proven.set(key, true);
    return true;
  };

  function isApt(pid: number): boolean {
    const file = fileOf(pid);
    if (file === undefined) return false;
    const key = `apt ${pid} ${startOf(pid)}`;
    if (proven.get(key) !== true) {
      if (!APT.some((path) => isShipped(file, path) && packages.verify(path) === 'same')) return false;
      proven.set(key, true);
    }
    return true;
  }
}

interface FileId {
  readonly ino: number;
  readonly dev: number;
}

/** The file that a process runs; undefined when it is gone, or closed to us. */
function fileOf(pid: number): FileId | undefined {
  return pid > 0 ? orUndefined(() => statSync(`/proc/${pid}/exe`)) : undefined;
}

function isShipped(file: FileId, path: string): boolean {
  const shipped = statSync(path, { throwIfNoEntry: false });
  return file.ino === shipped?.ino && file.dev === shipped.dev;
}

/** Ticks from boot to its start: with the number it is the identity. -1 when it is gone by now. */
function startOf(pid: number): number {
  const bytes = orUndefined(() => readFileSync(`/proc/${pid}/stat`));
  return (bytes && parseProcStat(bytes)?.startTicks) ?? -1;
}

function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** Whether a process is the dpkg of this host, or asks debconf for it: what it and its children do belongs to a package run. */

import { readFileSync, statSync } from 'node:fs';
import { type ProcStat, parseProcStat } from '#formats/proc-stat.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Packages, ProcessFacts } from '#model/host.ts';
import { mayStall } from './stalling-mounts.ts';

const DPKG = '/usr/bin/dpkg';
const PERL = '/usr/bin/perl';
const PRECONFIGURES = '/usr/sbin/dpkg-preconfigure';
const PRECONFIGURE = /^\/usr\/bin\/perl (?:-\S+ )*\/usr\/sbin\/dpkg-preconfigure(?: |$)/;
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
  return (process) => {
    const { exe, pid, parentPid, startTicks } = process;
    if (exe !== DPKG && exe !== PERL) return false;
    const key = `${pid} ${startTicks}`;
    if (proven.get(key) === true) return true;
    if (exe === PERL) {
      const asks = isPreconfigure(process);
      if (asks) proven.set(key, true);
      return asks;
    }
    const is = fileOf(pid);
    // Asked for each: an apt that is upgraded by its own run is proven before it is.
    const waited = isApt(parentPid);
    // dpkg --remove is over in 50 ms, on a busy host before anybody could ask: then the apt that waits for it vouches.
    const known = is === undefined ? waited : isShipped(is, DPKG);
    if (!known || packages.verify(DPKG) !== 'same') return false;
    proven.set(key, true);
    return true;
  };

  /** dpkg-preconfigure(8), which apt starts before dpkg: it runs the `config` scripts of what is to be installed. */
  function isPreconfigure({ pid, parentPid, cmdline }: ProcessFacts): boolean {
    const file = PRECONFIGURE.test(cmdline) ? fileOf(pid) : undefined;
    if (file === undefined || !isShipped(file, PERL)) return false;
    if ([PERL, PRECONFIGURES].some((path) => packages.verify(path) !== 'same')) return false;
    // A shell stands between, for apt calls it as a hook.
    return isApt(parentPid) || isApt(statOf(parentPid)?.parentPid ?? 0);
  }

  function isApt(pid: number): boolean {
    const file = fileOf(pid);
    if (file === undefined) return false;
    const key = `apt ${pid} ${statOf(pid)?.startTicks}`;
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
  if (pid <= 0 || mayStall(`/proc/${pid}/exe`) !== undefined) return undefined;
  return orUndefined(() => statSync(`/proc/${pid}/exe`));
}

function isShipped(file: FileId, path: string): boolean {
  const shipped = statSync(path, { throwIfNoEntry: false });
  return file.ino === shipped?.ino && file.dev === shipped.dev;
}

/** Undefined when it is gone by now. */
function statOf(pid: number): ProcStat | undefined {
  const bytes = orUndefined(() => readFileSync(`/proc/${pid}/stat`));
  return bytes && parseProcStat(bytes);
}

function orUndefined<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** Whether a process is the dpkg of this host: what it and its children do belongs to a package run. */

import { statSync } from 'node:fs';
import { BoundedMap } from '#lib/bounded-map.ts';
import type { Packages, ProcessFacts } from '#model/host.ts';

const DPKG = '/usr/bin/dpkg';
/** Proven processes that are remembered after their end; the oldest goes. */
const MAX_PROVEN = 256;

/**
 * Makes the question. Name and place prove nothing: in a mount namespace of his own anybody may call a file
 * /usr/bin/dpkg. What was proven while it ran stays so when it is asked about after its end.
 */
export function openDpkgProof(packages: Pick<Packages, 'verify'>): (process: ProcessFacts) => boolean {
  const proven = new BoundedMap<string, true>(MAX_PROVEN);
  return ({ exe, pid, startTicks }) => {
    if (exe !== DPKG) return false;
    const key = `${pid} ${startTicks}`;
    if (proven.get(key) === true) return true;
    const running = statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false });
    const shipped = statSync(DPKG, { throwIfNoEntry: false });
    if (running === undefined || running.ino !== shipped?.ino || running.dev !== shipped.dev) return false;
    if (packages.verify(DPKG) !== 'same') return false;
    proven.set(key, true);
    return true;
  };
}

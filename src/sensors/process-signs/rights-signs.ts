/** Is traced, or has rights that nobody gave it. */

import { stableExePath } from '#formats/stable-names.ts';
import { type Host, isFailure } from '#model/host.ts';
import type { Running } from '../process-scan.ts';
import type { Sign, Suspect } from './sign.ts';

const SETUID = 0o4000;

/** `traced`, with the program that traces it. */
export function tracerSigns({ process, other }: Suspect): Sign[] {
  const tracer = process.rights?.tracerPid ?? 0;
  if (tracer === 0) return [];
  const by = other(tracer);
  return [
    { sign: 'traced', value: by === undefined ? 'unknown' : stableExePath(by.exe || by.comm), detail: `${tracer}` },
  ];
}

/**
 * `became root`: it is root below somebody who is not and could not become it, and the program that it runs is not
 * setuid. `before`: the same process at the last reading, which had no way to root either.
 */
export function rootSigns({ host, process, parent }: Suspect, before: Running | undefined): Sign[] {
  const { rights } = process;
  if (rights?.uids[1] !== 0 || process.container !== '' || rights.namespacePids.length > 1) return [];
  if (isSetuid(host, process)) return [];
  if (before !== undefined && before.exe === process.exe && isWithoutWay(before))
    return [{ sign: 'became root', value: 'without starting another program', detail: `was ${before.user}` }];
  // A parent that runs a setuid program may have given its rights away since: sudo, su, pkexec, sshd.
  if (parent === undefined || !isWithoutWay(parent) || isSetuid(host, parent)) return [];
  return [{ sign: 'became root', value: `below ${parent.user}`, detail: `parent ${parent.comm} (${parent.pid})` }];
}

/** None of its user ids is root's, and it has no right to take any. */
function isWithoutWay({ rights, container }: Running): boolean {
  if (rights === undefined || container !== '' || rights.namespacePids.length > 1) return false;
  return rights.uids.every((uid) => uid !== 0) && !rights.maySetUid;
}

/** The file gives rights to whoever runs it; one that cannot be asked any more may have been. */
function isSetuid(host: Host, process: Running): boolean {
  const stat = host.files.stat(`/proc/${process.pid}/root${process.exe}`);
  if (isFailure(stat)) return true;
  return stat.uid === 0 && (stat.mode & SETUID) !== 0;
}

/** Is traced, or has rights that nobody gave it. */

import { stableExePath } from '#formats/stable-names.ts';
import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import type { Running } from '../process-scan.ts';
import type { Sign, Suspect } from './sign.ts';

const SETUID = 0o4000;

/** `traced`, with the program that traces it. */
export function tracerSigns({ process, other }: Suspect): Sign[] {
  const tracer = process.rights?.tracerPid ?? 0;
  if (tracer === 0) return [];
  const by = other(tracer);
  return [
    {
      sign: 'traced',
      value: by === undefined ? 'unknown' : stableExePath(by.exe || by.comm),
      detail: `${tracer}`,
      ...(by !== undefined && { by }),
    },
  ];
}

/** What is known of how a process got its rights. */
export interface RightsKnown {
  /** The process at the last reading. */
  readonly before: Running | undefined;
  /** Since when each start is heard of (epoch milliseconds); undefined: not at all. */
  readonly heardSinceMs: number | undefined;
  /** Whether it ran a setuid program before the one that it runs now: doas and pkexec become what they were asked for. */
  passedSetuid(process: Running): boolean;
  /** Whether it was told already of one of these that it became root. */
  isRooted(processes: readonly ProcessFacts[]): boolean;
}

/**
 * `became root`: it is root below somebody who is not and could not become it, and neither the program that it runs nor
 * the one before is setuid; or it was somebody else at the last reading, and runs the same program still. Only of
 * processes that were heard of from their start: of others nobody knows what they ran before.
 */
export function rootSigns({ host, process, parent, ancestors }: Suspect, known: RightsKnown): Sign[] {
  if (known.heardSinceMs === undefined || process.rights?.uids[1] !== 0 || isApart(process)) return [];
  if (isSetuid(host, process) || known.passedSetuid(process) || known.isRooted([process, ...ancestors])) return [];
  const { before } = known;
  if (before !== undefined && before.exe === process.exe && isWithoutWay(before))
    return [{ sign: 'became root', value: 'without starting another program', detail: `was ${before.user}` }];
  return process.startedMs < known.heardSinceMs ? [] : belowNoRoot(host, parent);
}

function belowNoRoot(host: Host, parent: Running | undefined): Sign[] {
  // A parent that runs a setuid program may have given its rights away since: sudo, su, pkexec, sshd.
  if (parent === undefined || !isWithoutWay(parent) || isSetuid(host, parent)) return [];
  return [{ sign: 'became root', value: `below ${parent.user}`, detail: `parent ${parent.comm} (${parent.pid})` }];
}

/** None of its user ids is root's, and it has no right to take any. */
function isWithoutWay(process: Running): boolean {
  const { rights } = process;
  if (rights === undefined || isApart(process)) return false;
  return rights.uids.every((uid) => uid !== 0) && !rights.maySetUid;
}

/** In a container: what is root there need not be root here. */
export function isApart({ container, rights }: Pick<Running, 'container' | 'rights'>): boolean {
  return container !== '' || (rights?.namespacePids.length ?? 0) > 1;
}

/** The file gives rights to whoever runs it; one that cannot be asked any more may have done so. */
function isSetuid(host: Host, process: Running): boolean {
  return isSetuidFile(host, `/proc/${process.pid}/root${process.exe}`) ?? true;
}

/** Belongs to root and gives his rights to whoever runs it; undefined where it cannot be asked. */
export function isSetuidFile(host: Host, path: string): boolean | undefined {
  const stat = host.files.stat(path);
  return isFailure(stat) ? undefined : stat.uid === 0 && (stat.mode & SETUID) !== 0;
}

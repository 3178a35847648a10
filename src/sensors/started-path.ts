/** Where the file lies that a process was started from, when all that is known is the name that exec was given. */

import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import { resolvePath } from './resolve-path.ts';

/** What a name in /proc/self or /dev/fd means only the process itself can tell: for us it is a file of our own. */
const OWN_TO_IT = /^\/(?:proc\/(?:self|thread-self|\d{1,10})\/|dev\/(?:fd\/|std(?:in|out|err)$))/;
const PARENTS = 3;
const OPEN_PLACES = ['/tmp', '/var/tmp', '/dev/shm'];

/** Whether it was started by a descriptor, as fexecve(3) does. */
export function isByDescriptor(name: string): boolean {
  return OWN_TO_IT.test(name);
}

/**
 * Absolute, links followed; "" where it cannot be told. "./x" is looked for where the nearest parents stand, because a shell
 * mostly stays where it was when its child is gone, and where everyone may write.
 */
export function startedPath(host: Host, { pid, exe }: Pick<ProcessFacts, 'pid' | 'exe'>): string {
  if (exe.startsWith('/')) return isByDescriptor(exe) ? '' : resolvePath(host.files, exe);
  if (exe === '') return '';
  const places = host.processes.parents(pid, PARENTS).flatMap((parent) => {
    const place = host.files.readlink(`/proc/${parent.pid}/cwd`);
    return isFailure(place) || !place.startsWith('/') ? [] : [place];
  });
  const paths = [...places, ...OPEN_PLACES].map((place) => resolvePath(host.files, `${place}/${exe}`));
  const there = paths.find((path) => !isFailure(host.files.stat(path)));
  // Deleted since, as droppers do, where the shell still stands in such a place.
  const [nearest = ''] = places.length > 0 ? paths : [];
  return there ?? (OPEN_PLACES.some((place) => nearest.startsWith(`${place}/`)) ? nearest : '');
}

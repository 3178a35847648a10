/** Where the file lies that a process was started from, when all that is known is the name that exec was given. */

import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import { resolvePath } from './resolve-path.ts';

/** What a name in /proc/self or /dev/fd means only the process itself can tell: for us it is a file of our own. */
const OWN_TO_IT = /^\/(?:proc\/(?:self|thread-self|\d{1,10})\/|dev\/(?:fd\/|std(?:in|out|err)$))/;
const PARENTS = 3;

/** Whether it was started by a descriptor, as fexecve(3) does. */
export function isByDescriptor(name: string): boolean {
  return OWN_TO_IT.test(name);
}

/**
 * Absolute, links followed; "" where it cannot be told. "./x" is looked for where the nearest parents stand: a shell stays
 * where it was when its child is gone.
 */
export function startedPath(host: Host, { pid, exe }: Pick<ProcessFacts, 'pid' | 'exe'>): string {
  if (exe.startsWith('/')) return isByDescriptor(exe) ? '' : resolvePath(host.files, exe);
  if (exe === '') return '';
  const places = host.processes.parents(pid, PARENTS).flatMap((parent) => {
    const place = host.files.readlink(`/proc/${parent.pid}/cwd`);
    return isFailure(place) || !place.startsWith('/') ? [] : [resolvePath(host.files, `${place}/${exe}`)];
  });
  // It may have been deleted since; then the nearest is as good as it gets.
  return places.find((path) => !isFailure(host.files.stat(path))) ?? places[0] ?? '';
}

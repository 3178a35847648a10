/** Whether a drill finds what it needs on this host. */

import { type Files, isFailure } from '#model/host.ts';

/** For `Drill.applies`: true when the path leads to something, else why the drill does not apply. */
export function isThere(files: Pick<Files, 'stat'>, path: string): true | string {
  return !isFailure(files.stat(path)) || `there is no ${path} on this host`;
}

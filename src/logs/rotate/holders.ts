/** Who has a file open: the descriptors of /proc that lead to it. */

import type { Stats } from 'node:fs';
import { fs } from '#lib/lean-fs.ts';
import { toPath } from './files.ts';
import { attempt } from './strerror.ts';

/** A descriptor of another process: "/proc/PID/fdinfo/FD". */
export type OpenFile = string;

/** Descriptors of other processes on this file; undefined when we cannot know, because we are not root. */
export function holdersOf(path: string, found: Stats): readonly OpenFile[] | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const real = attempt(() => fs.realpathSync(toPath(path), 'latin1' as BufferEncoding));
  if ('failed' in real) return undefined;
  const own = String(process.pid);
  const holders: OpenFile[] = [];
  for (const pid of fs.readdirSync('/proc')) {
    if (pid !== own && /^\d+$/.test(pid)) holders.push(...heldBy(pid, real.value, found));
  }
  return holders;
}

/** Names are compared first: asking for the target of a link is cheap, and following it may hang on a dead mount. */
function heldBy(pid: string, path: string, found: Stats): OpenFile[] {
  const folder = `/proc/${pid}/fd`;
  const fds = attempt(() => fs.readdirSync(folder));
  if ('failed' in fds) return [];
  return fds.value.flatMap((fd) => {
    const link = attempt(() => fs.readlinkSync(`${folder}/${fd}`, 'latin1' as BufferEncoding));
    if ('failed' in link || link.value !== path) return [];
    const behind = attempt(() => fs.statSync(`${folder}/${fd}`));
    const same = 'value' in behind && behind.value.ino === found.ino && behind.value.dev === found.dev;
    return same ? [`/proc/${pid}/fdinfo/${fd}`] : [];
  });
}

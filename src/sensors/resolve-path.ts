/** Follows symbolic links as the kernel does: path_resolution(7). */

import { type Host, isFailure } from '#model/host.ts';

/** As the kernel: more links than this are a loop. */
const MAX_LINKS = 40;

/** "/bin/sh" → "/usr/bin/dash". An absolute path; as it was given where it cannot be followed. */
export function resolvePath(files: Host['files'], path: string): string {
  let rest = path.split('/').filter((part) => part !== '' && part !== '.');
  let at = '';
  let links = 0;
  while (rest.length > 0) {
    const [part = '', ...others] = rest;
    rest = others;
    if (part === '..') {
      at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
      continue;
    }
    const next = `${at}/${part}`;
    const link = files.readlink(next);
    if (isFailure(link)) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return path;
    if (link.startsWith('/')) at = '';
    rest = [...link.split('/').filter((name) => name !== '' && name !== '.'), ...rest];
  }
  return at === '' ? '/' : at;
}

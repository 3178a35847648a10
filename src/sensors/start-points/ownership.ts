/** Which package ships a file, for many files at once: one pass over the lists of dpkg instead of one search a file. */

import { withoutArch } from '#formats/dpkg.ts';
import { type Host, isFailure } from '#model/host.ts';

const INFO = '/var/lib/dpkg/info';
/** From this many on, reading all lists once (120,000 lines: 60 ms) is cheaper than asking for each. */
const MANY = 24;
const MAX_LIST_BYTES = 32 << 20;
/** Folders that a merged /usr makes one. */
const MERGED = /^\/(?:usr\/)?(bin|sbin|lib|lib32|lib64|libx32)\//;

/** Puts the owner of each path into `owners`, "" where no package ships it. */
export function findOwners(host: Host, paths: readonly string[], owners: Map<string, string>): void {
  if (paths.length < MANY) {
    for (const path of paths) owners.set(path, host.packages.ownerOf(path));
    return;
  }
  for (const path of paths) owners.set(path, '');
  const wanted = wantedLines(paths);
  const lists = host.files.list(INFO);
  if (isFailure(lists)) return;
  for (const list of lists) {
    if (!list.endsWith('.list')) continue;
    const bytes = host.files.read(`${INFO}/${list}`, MAX_LIST_BYTES);
    if (isFailure(bytes)) continue;
    const name = withoutArch(list.slice(0, -'.list'.length));
    for (const line of bytes.toString('latin1').split('\n'))
      for (const path of wanted.get(line) ?? []) owners.set(path, name);
  }
}

/** Lines of lists, one character a byte, with the paths that they answer for. */
function wantedLines(paths: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const wanted = new Map<string, string[]>();
  for (const path of paths) {
    for (const name of namesOf(path)) {
      const line = Buffer.from(name, 'utf8').toString('latin1');
      wanted.set(line, [...(wanted.get(line) ?? []), path]);
    }
  }
  return wanted;
}

/** The two names that a file has where /usr is merged; where it is not, no package ships both. */
function namesOf(path: string): readonly string[] {
  if (!MERGED.test(path)) return [path];
  return [path, path.startsWith('/usr/') ? path.slice('/usr'.length) : `/usr${path}`];
}

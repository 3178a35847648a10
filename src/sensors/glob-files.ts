/** Files that a pattern in a configuration names: glob(7) over the files of the host. */

import { hasWildcard, matchesWildcard } from '#lib/wildcard.ts';
import { type Host, isFailure } from '#model/host.ts';
import { byBytes } from './host-file.ts';

/** More are not looked for: a pattern over /proc must not stop us. */
const MAX_FOUND = 1000;

/** Paths in the order of strcmp(3), as glob(3) gives them; a pattern without wildcards is itself. Absolute only. */
export function globFiles(host: Pick<Host, 'files'>, pattern: string): readonly string[] {
  let found: readonly string[] = [''];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    const next: string[] = [];
    for (const folder of found) {
      if (next.length >= MAX_FOUND) break;
      if (hasWildcard(part)) next.push(...matchesIn(host, folder, part));
      else next.push(`${folder}/${part}`);
    }
    found = next.slice(0, MAX_FOUND);
  }
  return found;
}

/** The folder of a pattern that does not depend on what is there: where to listen for files to come. */
export function fixedFolder(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split('/').slice(0, -1)) {
    if (hasWildcard(part)) break;
    parts.push(part);
  }
  return parts.join('/') || '/';
}

function matchesIn({ files }: Pick<Host, 'files'>, folder: string, part: string): readonly string[] {
  const names = files.list(folder === '' ? '/' : folder);
  if (isFailure(names)) return [];
  // A leading dot must be named: glob(7).
  const wanted = names.filter((name) => name.startsWith('.') === part.startsWith('.') && matchesWildcard(part, name));
  return wanted.sort(byBytes).map((name) => `${folder}/${name}`);
}

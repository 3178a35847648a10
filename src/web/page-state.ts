/** Whether the built page belongs to the sources that are there. */

import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the page is written. */
export const pageSources: string = join(import.meta.dirname, 'page');
/** Where it is built to. */
export const pageDir: string = join(pageSources, 'dist');

/** What the built page is made of, as one hash; changes with every source and every version of a package. */
export function pageDigest(): string {
  const root = join(import.meta.dirname, '../..');
  const hash = createHash('sha256');
  const sources = globSync('src/web/**/*.{ts,svelte,css,html,svg}', {
    cwd: root,
    exclude: ['**/dist*/**', '**/*.test.ts'],
  });
  for (const path of [...sources.sort(), 'package-lock.json']) {
    const file = join(root, path);
    hash.update(`${path}\0`);
    if (existsSync(file)) hash.update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** "built" and up to date, "stale" (sources are newer) or "missing". */
export function pageState(): 'built' | 'stale' | 'missing' {
  const stamp = join(pageDir, 'digest.txt');
  if (!existsSync(stamp)) return 'missing';
  return readFileSync(stamp, 'utf8') === pageDigest() ? 'built' : 'stale';
}

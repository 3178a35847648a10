/** Our own version, as package.json says it. */

import { join } from 'node:path';
import { fs } from '#lib/lean-fs.ts';

/** Folder that holds package.json: two above this file in the tree, one in a release. */
export function programFolder(): string {
  const candidates = [join(import.meta.dirname, '../..'), join(import.meta.dirname, '..')];
  return candidates.find((folder) => fs.existsSync(join(folder, 'package.json'))) ?? import.meta.dirname;
}

/** For example "0.1.0". */
export function version(): string {
  const text = fs.readFileSync(join(programFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

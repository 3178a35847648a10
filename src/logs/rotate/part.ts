/** The name of a file that is not whole yet. */

import { folderOf, nameOf } from './files.ts';

const ENDING = '.telltale-part';
/** NAME_MAX of every file system that logs are on. */
const NAME_BYTES = 255;

/** Beside `path`, and the same for each run, so that the next one finds what was left. */
export function partOf(path: string): string {
  const name = nameOf(path);
  if (name.length + ENDING.length <= NAME_BYTES) return path + ENDING;
  const sum = process.getBuiltinModule('node:crypto').hash('sha256', name, 'hex').slice(0, 16);
  return `${folderOf(path)}/${name.slice(0, 64)}-${sum}${ENDING}`;
}

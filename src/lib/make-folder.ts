/** Makes a folder and those above it, one at a time. */

import { dirname } from 'node:path';
import { fs } from './lean-fs.ts';

/**
 * Not `mkdirSync(recursive)`: Node's (26) loops for ever where the kernel answers ENOENT under a folder that exists, as in
 * /proc, and would take the watch with it. New folders get `mode`; what is there already stays as it is, whatever it is.
 * Throws with the errno as `code`.
 */
export function makeFolder(path: string, mode: number): void {
  if (make(path, mode)) return;
  makeFolder(dirname(path), mode);
  if (!make(path, mode)) throw new Error(`Cannot make folder "${path}": the one above it vanished again`);
}

/** False when the folder above is missing. */
function make(path: string, mode: number): boolean {
  try {
    fs.mkdirSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code !== 'ENOENT' || fs.existsSync(dirname(path))) throw error;
    return false;
  }
  return true;
}

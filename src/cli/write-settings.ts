/** Writes settings that were taken over into a file of their own. */

import { closeSync, constants, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { errnoWords } from '#lib/errno-words.ts';
import { VerbError } from '#model/verbs.ts';

/** Writes a settings file, 0640, never through a link; with `force` in place of one that is there. */
export function writeSettings(target: string, text: string, force: boolean): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const path = force ? `${target}.${process.pid}.new` : target;
  try {
    const descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
    try {
      writeSync(descriptor, text);
    } finally {
      closeSync(descriptor);
    }
    if (force) renameSync(path, target);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const there = code === 'EEXIST';
    if (force) rmSync(path, { force: true });
    throw new VerbError(
      'EXISTS',
      there
        ? `Cannot write "${target}": it is there already. Replace it with --force`
        : `Cannot write "${target}": ${errnoWords(code)}`,
      { cause: error },
    );
  }
}

/** The ready file: says to scripts and tests that every sensor is armed or known blind. docs/formats/ready-file.md */

import { closeSync, constants, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Gap } from '#model/gap.ts';
import { type SensorStatus, VerbError } from '#model/verbs.ts';

export interface Ready {
  readonly pid: number;
  /** Path of the control socket. */
  readonly socket: string;
  /** Address of the page as a browser wants it; null when there is none. */
  readonly web: string | null;
  readonly sensors: readonly SensorStatus[];
  readonly blind: readonly Gap[];
}

/** Removes what an earlier daemon left; throws VerbError "EXISTS" when it is not a plain file. */
export function removeReadyFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  // In a folder where others may write, a link here could make a root daemon remove or write something else.
  if (!found.isFile())
    throw new VerbError('EXISTS', `Cannot use ready file "${path}": it is no plain file. Remove it or name another`);
  rmSync(path);
}

/** Writes it in one step: whoever sees the file sees all of it. */
export function writeReadyFile(path: string, ready: Ready): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    rmSync(temporary, { force: true });
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
    const descriptor = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640);
    try {
      writeSync(descriptor, `${JSON.stringify({ v: 1, ...ready })}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new VerbError('SOCKET', `Cannot write ready file "${path}": ${why}. Name a folder that is there`, {
      cause: error,
    });
  }
}

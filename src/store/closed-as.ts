/**
 * How the file of the store was left: its inode, size and times, noted beside it when it is closed. Who writes to it while
 * nobody runs changes them, whichever of its tables it is, also those that the chain does not cover. Times of a change of
 * an inode cannot be set, but by the clock. docs/decisions/0151-own-files.md.
 */

import { readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from './is-system-error.ts';

const NOTE = 'closed-as';
const MAX_NOTE = 400;

/** What was found when the store was opened. */
export interface Closing {
  /** Why the file is not as it was left; "" when it is, or nobody noted it (a crash, the first start). */
  readonly changed: string;
  /** It was told: from now on the file is ours again. */
  told(): void;
  /** The database is closed: notes how it is left. What was changed and never told stays as it was noted. */
  leave(): void;
}

/** To be asked with the lock held, before the database is opened. */
export function openClosing(path: string, stateDir: string): Closing {
  const notePath = join(stateDir, NOTE);
  const noted = readNote(notePath);
  const now = stampOf(path);
  const changed =
    noted === undefined || noted === now
      ? ''
      : 'its file is not as it was left: somebody wrote to it or exchanged it, or restored a copy';
  let ours = changed === '';
  if (ours) remove(notePath);
  return {
    changed,
    told() {
      if (!ours) remove(notePath);
      ours = true;
    },
    leave() {
      if (ours) writeNote(notePath, stampOf(path));
    },
  };
}

/** The journal counts as well: what stands in it is taken into the store when that is opened. */
function stampOf(path: string): string {
  const journal = statSync(`${path}-wal`, { bigint: true, throwIfNoEntry: false });
  const stats = [statSync(path, { bigint: true, throwIfNoEntry: false }), journal?.size === 0n ? undefined : journal];
  return stats.map((stat) => (stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : 'none')).join(', ');
}

/** What cannot be read is as good as not there: a crash may leave an empty one. */
function readNote(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim().slice(0, MAX_NOTE) || undefined;
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** A disk that refuses it leaves none, and then nothing is compared. */
function writeNote(path: string, text: string): void {
  try {
    writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

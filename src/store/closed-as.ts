/**
 * How the file of the store was left: its inode, size and times, noted beside it when it is closed. Who writes to it while
 * nobody runs changes them, whichever of its tables it is, also those that the chain does not cover. Times of a change of
 * an inode cannot be set, but by the clock. docs/decisions/0151-own-files.md.
 *
 * After a crash nobody knows the last size, but the journal must lie beside the file, and the file must not be younger:
 * who opens a store in SQLite and closes it again takes the journal into the file. docs/decisions/0240-store-after-a-crash.md.
 */

import { readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from './is-system-error.ts';

const NOTE = 'closed-as';
const MAX_NOTE = 400;
const OPEN = /^open (\d{1,20})$/;
/** The journal is taken into the file right after a commit; a disk may be slow at it. */
const CHECKPOINT_MS = 60_000;

/** What was found when the store was opened. */
export interface Closing {
  /** Why the file is not as it was left; "" when it is, or nobody noted it (a crash, the first start). */
  readonly changed: string;
  /** It was told: from now on the file is ours again. */
  told(): void;
  /** Something was committed: notes that from now on the end may be a crash. False where that must wait. */
  begun(): boolean;
  /** The database is closed: notes how it is left. What was changed and never told stays as it was noted. */
  leave(): void;
}

/** To be asked with the lock held, before the database is opened. */
export function openClosing(path: string, stateDir: string): Closing {
  const notePath = join(stateDir, NOTE);
  const noted = readNote(notePath);
  const changed = changeSince(noted, path);
  let ours = changed === '';
  if (ours) remove(notePath);
  return {
    changed,
    told() {
      if (!ours) remove(notePath);
      ours = true;
    },
    begun() {
      if (!ours || sizeOf(`${path}-wal`) === 0) return false;
      writeNote(notePath, `open ${statSync(path, { bigint: true }).ino}`);
      return true;
    },
    leave() {
      if (ours) writeNote(notePath, stampOf(path));
    },
  };
}

function changeSince(noted: string | undefined, path: string): string {
  if (noted === undefined) return '';
  const [, inode] = OPEN.exec(noted) ?? [];
  if (inode !== undefined) return changeSinceCrash(inode, path);
  return noted === stampOf(path)
    ? ''
    : 'its file is not as it was left: somebody wrote to it or exchanged it, or restored a copy';
}

/** The watch did not end in order: what lies there then is what SQLite leaves behind, untouched. */
function changeSinceCrash(inode: string, path: string): string {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  const journal = statSync(`${path}-wal`, { bigint: true, throwIfNoEntry: false });
  if (file === undefined || String(file.ino) !== inode)
    return 'the watch did not end in order, and its file is another one since: somebody exchanged it, or restored a copy';
  if (journal === undefined || journal.size === 0n)
    return 'the watch did not end in order, and its journal is gone since: somebody opened the store and may have written to it';
  return Number(file.ctimeMs - journal.ctimeMs) > CHECKPOINT_MS
    ? 'the watch did not end in order, and its file was changed after the journal: somebody wrote to it'
    : '';
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
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

/**
 * Notices that somebody else wrote to the store: while we run by SQLite's own counter of foreign commits and by the inode
 * of the file, over a stop by notes of the newest record and of how the file was left, which lie beside it. Who may write the store may write the
 * note as well; he has to know of it, and `verify` has the whole chain to break. docs/decisions/0151-own-files.md.
 */

import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { StoreGuard } from '#model/store.ts';
import { readHead } from './chain.ts';
import type { Closing } from './closed-as.ts';
import { isSystemError } from './is-system-error.ts';

const NOTE = 'newest-record';

/** What the guard looks at beside the database. */
export interface GuardParts {
  readonly stateDir: string;
  readonly closing: Closing;
  /** See StoreSettings. */
  readonly witness?: string;
  /** See StoreSettings. */
  readonly alertFiles?: readonly string[];
}

/** Watches over the database at `path` in the state directory. */
export function openGuard(
  database: DatabaseSync,
  path: string,
  { stateDir, closing, witness, alertFiles = [] }: GuardParts,
): StoreGuard {
  const counter = database.prepare('PRAGMA data_version');
  const foreignCommits = (): number => Number(counter.get()?.['data_version'] ?? 0);
  const hashAt = database.prepare('SELECT hash FROM chain WHERE seq = ?');
  const first = database.prepare('SELECT min(seq) AS first FROM chain');
  const notePath = join(stateDir, NOTE);
  const inode = inodeOf(path);
  /** Who removes the whole directory removes the notes in it. */
  const emptied = (): string => {
    if (readHead(database).seq > 0) return '';
    const known = witness === undefined ? undefined : readNote(witness);
    if (typeof known === 'object' && known.seq > 0)
      return `it is empty, though it had ${known.seq} records since this host was booted: what the watch remembered was removed`;
    const told = alertFiles.find(hasAlerts);
    return told === undefined
      ? ''
      : `it is empty, though "${told}" has alerts of before: what the watch remembered was removed, or lies elsewhere`;
  };
  const otherThanNoted = (): string => {
    const note = readNote(notePath);
    if (note === undefined) return '';
    if (typeof note === 'string') return note;
    const head = readHead(database);
    if (note.seq > head.seq)
      return `the store ends at record ${head.seq}, but the watch last knew of record ${note.seq}: it is an older or another one`;
    // What retention has removed cannot be compared; the chain itself attests it.
    if (note.seq === 0 || note.seq < Number(first.get()?.['first'] ?? 0)) return '';
    return hashAt.get(note.seq)?.['hash'] === note.hash
      ? ''
      : `record ${note.seq} is not the one that the watch last knew: the store was written anew`;
  };
  let commits = foreignCommits();
  let replaced = false;
  return {
    meddled() {
      const now = foreignCommits();
      const wrote = now !== commits;
      commits = now;
      const gone = inodeOf(path) !== inode && !replaced;
      replaced ||= gone;
      if (gone) return 'the file of the store was removed or exchanged while the watch runs';
      return wrote ? 'another process wrote to the store while the watch runs' : '';
    },
    strayed() {
      closing.told();
      return emptied() || otherThanNoted() || closing.changed;
    },
    note(nowMs) {
      const { seq, hash } = readHead(database);
      const text = `${JSON.stringify({ seq, hash, timeMs: nowMs })}\n`;
      if (witness !== undefined) writeWitness(witness, text);
      return writeNote(notePath, text);
    },
  };
}

/** Every line of an alert file begins so; whatever cannot be read proves nothing. */
function hasAlerts(path: string): boolean {
  const start = '{"v":';
  const bytes = Buffer.alloc(start.length);
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return readSync(file, bytes, 0, bytes.length, 0) === bytes.length && bytes.toString('latin1') === start;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

/** Undefined where there is none; a crash of the machine may leave an empty one. */
function readNote(path: string): { readonly seq: number; readonly hash: string } | string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    if (isSystemError(error)) return `the note of the newest record cannot be read: ${error.code}`;
    throw error;
  }
  if (text === '') return undefined;
  const match = /^\{"seq":(\d{1,15}),"hash":"([0-9a-f]{64})","timeMs":\d{1,15}\}$/.exec(text);
  if (match === null) return 'the note of the newest record is damaged';
  return { seq: Number(match[1]), hash: match[2] ?? '' };
}

/** Where it cannot be written there is none: the notes in the state directory are the better ones. */
function writeWitness(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { mode: 0o700, recursive: true });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  writeNote(path, text);
}

/** Another file takes its place in one step; 0600, as all in the state directory. */
function writeNote(path: string, text: string): string {
  try {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return '';
  } catch (error) {
    if (isSystemError(error)) return error.code;
    throw error;
  }
}

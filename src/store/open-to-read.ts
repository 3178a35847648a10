/** Opens the record for reading, also where nothing can be written: evidence is mounted read-only. */

import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { VerbError } from '#model/verbs.ts';
import { isSystemError } from './is-system-error.ts';

/** Throws VerbError "NO_STORE" where the newest records lie in a log that SQLite would have to write to. */
export function openToRead(path: string, options: DatabaseSyncOptions = {}): DatabaseSync {
  const reading = { ...options, readOnly: true };
  if (!isReadOnly(dirname(path))) return new DatabaseSync(path, reading);
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if (log !== undefined && log.size > 0)
    throw new VerbError(
      'NO_STORE',
      `Cannot read "${path}": it was not closed in order, and nothing can be written beside it. Copy it and read the copy: cp -a ${dirname(path)} /root/record && telltale verify --state-dir /root/record`,
    );
  // Without this SQLite makes files beside it that readers share. Nobody changes it: https://sqlite.org/uri.html#uriimmutable
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return new DatabaseSync(url, reading);
}

function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    // Who merely may not write there is told by the opening itself.
    if (isSystemError(error)) return error.code === 'EROFS';
    throw error;
  }
}

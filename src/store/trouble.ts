/** What SQLite's errors mean for the person who must repair the disk. Codes: https://sqlite.org/rescode.html */

import { VerbError } from '#model/verbs.ts';

const words: ReadonlyMap<number, string> = new Map([
  [5, 'another program holds the file'],
  [6, 'another program holds the file'],
  [7, 'there is no memory left'],
  [8, 'the file or its disk is read-only'],
  [10, 'the disk reports errors'],
  [11, 'the file is damaged'],
  [13, 'the disk is full'],
  [14, 'the file cannot be opened'],
  [23, 'access is denied'],
  [26, 'the file is not a database'],
]);

/** What is wrong with the disk, in words; undefined when the error is not about the disk. */
export function diskTrouble(error: unknown): string | undefined {
  const code = codeOf(error);
  return code === undefined ? undefined : words.get(code & 0xff);
}

/** Error of opening the store, in words and with the next step. */
export function openingError(path: string, error: unknown): Error {
  if (error instanceof VerbError) return error;
  const code = (codeOf(error) ?? 0) & 0xff;
  const why = words.get(code) ?? (error instanceof Error ? error.message : String(error));
  if (code === 11 || code === 26)
    return new VerbError(
      'DAMAGED_STATE',
      `Cannot open "${path}": ${why}. Keep it as evidence and start afresh: mv ${path} ${path}.damaged && telltale daemon`,
      { cause: error },
    );
  return new VerbError('NO_STORE', `Cannot open "${path}": ${why}. Look at the disk: df -h ${path}; ls -ld ${path}`, {
    cause: error,
  });
}

/** Error of a question to a store that is open already: the page that it wanted is damaged, or the disk refuses. */
export function readingError(error: unknown): VerbError | undefined {
  const why = diskTrouble(error);
  if (why === undefined) return undefined;
  const damaged = why === words.get(11) || why === words.get(26);
  const next = damaged
    ? 'Keep the state directory as evidence (telltale.db in it), and start afresh in another: telltale daemon --state-dir FOLDER'
    : 'Look at the disk: df -h; mount; dmesg | tail';
  return new VerbError(damaged ? 'DAMAGED_STATE' : 'DISK', `Cannot use the record: ${why}. ${next}`, { cause: error });
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

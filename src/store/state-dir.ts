/**
 * The state directory: ours alone. A link or a folder of somebody else could make a root daemon write where an attacker
 * wants, or let them exchange the evidence, so both are refused.
 */

import { dirname, join } from 'node:path';
import { fs } from '#lib/lean-fs.ts';
import { makeFolder } from '#lib/make-folder.ts';
import { distrustFolders } from '#lib/trusted-folders.ts';
import { VerbError } from '#model/verbs.ts';

/** Makes the directory (0750) where it is missing and checks it; returns the path of the database in it. */
export function prepareStateDir(stateDir: string, create: boolean): string {
  checkFolders(stateDir);
  if (create) makeDirectory(stateDir);
  if (create) shutEmpty(stateDir);
  checkDirectory(stateDir);
  const path = join(stateDir, 'telltale.db');
  if (create) makeFile(path);
  else if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined)
    throw new VerbError(
      'NO_STATE',
      `Cannot read "${path}": nothing was recorded there yet. Start the watch: telltale daemon`,
    );
  return path;
}

function makeDirectory(stateDir: string): void {
  try {
    makeFolder(dirname(stateDir), 0o777);
    fs.mkdirSync(stateDir, { mode: 0o750 });
    fs.chmodSync(stateDir, 0o750);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return;
    throw new VerbError(
      'BAD_STATE_DIR',
      `Cannot make state directory "${stateDir}": ${messageOf(error)}. Choose another with --state-dir`,
      { cause: error },
    );
  }
}

/** A new mount is open to all (tmpfs: 1777). While it is ours and empty it can be shut; later its files may be planted. */
function shutEmpty(stateDir: string): void {
  const stat = fs.lstatSync(stateDir, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true || (stat.mode & 0o022) === 0 || stat.uid !== process.geteuid?.()) return;
  const descriptor = fs.openSync(stateDir, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY | fs.constants.O_NOFOLLOW);
  try {
    if (fs.fstatSync(descriptor).uid !== stat.uid || fs.readdirSync(stateDir).length > 0) return;
    fs.fchmodSync(descriptor, 0o750);
    // Planted between the two: as before, the check refuses it.
    if (fs.readdirSync(stateDir).length > 0) fs.fchmodSync(descriptor, stat.mode & 0o7777);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Whose folder it lies in moves it away, with all evidence, or puts an older one of ours in its place. */
function checkFolders(stateDir: string): void {
  let why: string | undefined;
  try {
    why = distrustFolders(stateDir, process.geteuid?.() ?? 0);
  } catch (error) {
    // A file, or a link to nowhere, where a folder should be.
    why = `${messageOf(error)}. Choose another with --state-dir`;
  }
  if (why !== undefined) throw new VerbError('BAD_STATE_DIR', `Cannot use state directory "${stateDir}": ${why}`);
}

function checkDirectory(stateDir: string): void {
  const refuse = (why: string, next: string): never => {
    throw new VerbError('BAD_STATE_DIR', `Cannot use state directory "${stateDir}": ${why}. ${next}`);
  };
  const stat = fs.lstatSync(stateDir, { throwIfNoEntry: false });
  if (stat === undefined) return refuse('it does not exist', 'Start the watch there: telltale daemon');
  if (stat.isSymbolicLink()) return refuse('it is a symbolic link', 'Give the real path with --state-dir');
  if (!stat.isDirectory()) return refuse('it is not a directory', 'Choose another with --state-dir');
  const uid = process.geteuid?.() ?? 0;
  if (stat.uid !== uid && stat.uid !== 0) return refuse(`it belongs to uid ${stat.uid}, not to us`, 'Choose another');
  if (uid === 0 && stat.uid !== 0) return refuse(`it belongs to uid ${stat.uid}`, `chown root ${stateDir}`);
  if ((stat.mode & 0o022) !== 0) return refuse('others may write to it', `chmod 0750 ${stateDir}`);
}

/** 0600 from its first moment; SQLite gives the -wal and -shm beside it the same mode. */
function makeFile(path: string): void {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new VerbError(
      'BAD_STATE_DIR',
      `Cannot open "${path}" for writing: ${messageOf(error)}. Look at it: ls -l ${path}`,
      { cause: error },
    );
  }
  try {
    const stat = fs.fstatSync(descriptor);
    if (!stat.isFile() || stat.uid !== process.geteuid?.())
      throw new VerbError('BAD_STATE_DIR', `Cannot use "${path}": it is not a file of ours. Look at it: ls -l ${path}`);
    // Only where it must be: it would count as a change of the file (closed-as.ts).
    if ((stat.mode & 0o7777) !== 0o600) fs.fchmodSync(descriptor, 0o600);
  } finally {
    fs.closeSync(descriptor);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

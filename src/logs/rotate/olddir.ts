/** The folder for old logs: made when asked for, and on the same device as the log unless the log is copied. */

import { oldFolder } from './directives.ts';
import { chmodFolder, chownFolder, exists, folderOf, makeFolder, statOrWhy } from './files.ts';
import { asUser } from './identity.ts';
import type { Messages } from './messages.ts';
import type { LogSet } from './policy.ts';

const PROBABLY_MISSING = ', log is probably missing, but missingok is set, so this is not an error.';

/** False when a folder is missing or unfit; all is told. With `dry` nothing is made. */
export function readyOlddir(
  set: LogSet,
  at: string,
  run: { readonly messages: Messages; readonly dry: boolean },
): boolean {
  if (set.olddir === undefined) return true;
  for (const log of set.files) if (!readyFor(set, log, at, run)) return false;
  return true;
}

function copies(set: LogSet): boolean {
  return set.copy || set.copytruncate || set.renamecopy;
}

function readyFor(
  set: LogSet,
  log: string,
  at: string,
  { messages, dry }: { readonly messages: Messages; readonly dry: boolean },
): boolean {
  const folder = folderOf(log);
  const logFolder = statOrWhy(folder);
  if ('failed' in logFolder) {
    const { words } = logFolder.failed;
    if (set.missingok) messages.debug(`${at} verifying log file path failed ${folder}: ${words}${PROBABLY_MISSING}\n`);
    else messages.error(`${at} error verifying log file path ${folder}: ${words}\n`);
    return set.missingok;
  }
  const wanted = oldFolder(set, log);
  if (set.createolddir && !exists(wanted)) {
    if (dry) return true;
    if (!asUser(set.su, messages, () => makeFolders(set, wanted, messages))) return false;
  }
  const found = statOrWhy(wanted);
  if ('failed' in found) {
    const created = set.createolddir ? 'created ' : '';
    messages.error(`${at} error verifying ${created}olddir path ${wanted}: ${found.failed.words}\n`);
    return false;
  }
  if (copies(set) || found.value.dev === logFolder.value.dev) return true;
  messages.error(`${at} olddir ${wanted} and log file ${log} are on different devices\n`);
  return false;
}

function makeFolders(set: LogSet, wanted: string, messages: Messages): boolean {
  const mode = set.olddirAs.mode ?? 0o755;
  const parts = wanted.split('/');
  for (let length = 1; length <= parts.length; length += 1) {
    const path = parts.slice(0, length).join('/');
    if (path === '') continue;
    const made = makeFolder(path, mode);
    if ('failed' in made) {
      if (made.failed.code === 'EEXIST') continue;
      messages.error(`error creating ${path}: ${made.failed.words}\n`);
      return false;
    }
    if (!own(set, path, mode, messages)) return false;
  }
  return true;
}

function own(set: LogSet, path: string, mode: number, messages: Messages): boolean {
  const { uid, gid } = set.olddirAs;
  // -1 leaves as it is, for chown(2).
  if (uid !== undefined || gid !== undefined) {
    const now = statOrWhy(path);
    const owned = 'failed' in now ? now : chownFolder(path, uid ?? now.value.uid, gid ?? now.value.gid);
    if ('failed' in owned) {
      messages.error(`error setting owner of ${path} to uid ${uid} and gid ${gid}: ${owned.failed.words}\n`);
      return false;
    }
  }
  const set0 = chmodFolder(path, mode);
  if ('value' in set0) return true;
  messages.error(`error setting permissions of ${path} to 0${mode.toString(8)}: ${set0.failed.words}\n`);
  return false;
}

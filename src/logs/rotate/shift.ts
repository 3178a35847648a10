/** Makes room for the log: names of this rotation, old logs one number further, and which of them has to go. */

import { datePattern, formatDate, sortByDate } from '#formats/logrotate-dateformat.ts';
import { compressLog } from './compress.ts';
import { oldFolder } from './directives.ts';
import { exists, folderOf, list, lstat, nameOf, rename, statOrWhy } from './files.ts';
import { expand } from './glob.ts';
import type { Job } from './job.ts';
import type { Move } from './journal.ts';
import { mayStand, nowStands } from './listing.ts';
import { mailLog } from './mail.ts';
import type { Names } from './names.ts';
import type { LogSet } from './policy.ts';
import { removeOld } from './remove.ts';

const DAY_MS = 86_400_000;

/** Everything before the log itself is touched. Sets `job.names`, or `job.failed`. */
export async function makeRoom(job: Job): Promise<void> {
  const { set, messages, log } = job;
  messages.debug(`rotating log ${log}, log->rotateCount is ${set.rotateCount}\n`);
  if (set.compress && set.compressext === '') {
    messages.error(`log ${log}: compression enabled, but compression extension is not set\n`);
  }
  const { format, suffix } = dateNames(job);
  const names = namesOf(job, suffix);
  job.names = names;
  const ok = set.dateext ? await makeRoomByDate(job, names, format) : await makeRoomByNumber(job, names);
  if (!ok) job.failed = true;
}

interface Dated {
  readonly format: string;
  readonly suffix: string;
  readonly words: string;
}

const datedSets = new WeakMap<object, Dated>();

/** The date of names and its pattern, the same for all logs of a set; told also where numbers are used, as upstream does. */
function dateNames({ set, messages, run }: Job): Dated {
  let dated = datedSets.get(set);
  if (dated === undefined) {
    dated = dateOf(set, run.nowMs);
    datedSets.set(set, dated);
  }
  messages.debug(dated.words);
  return dated;
}

function dateOf(set: LogSet, nowMs: number): Dated {
  const when = new Date(nowMs);
  if (set.datehourago) when.setTime(nowMs - 3_600_000);
  if (set.dateyesterday) {
    // Noon, so that a day of 23 or 25 hours does not lead to the day before or after.
    when.setHours(12, 0, 0, 0);
    when.setDate(when.getDate() - 1);
  }
  let format = set.dateformat;
  let words = '';
  if (format === undefined) {
    format = '-%Y%m%d';
    if (set.criterion === 'hourly') format = '-%Y%m%d%H';
    if (set.criterion === 'minutes') format = '-%Y%m%d%H%M';
  } else {
    words = `Converted '${format}' -> '${format.replace(/%(?![YGmdHMSVUWygjuwsz])/g, '%%')}'\n`;
  }
  const suffix = formatDate(format, when);
  words += `dateext suffix '${suffix}'\nglob pattern '${datePattern(format)}'\n`;
  return { format, suffix, words };
}

function namesOf({ set, log }: Job, suffix: string): Names {
  const folder = oldFolder(set, log);
  let base = nameOf(log);
  let fileExtension = '';
  if (set.addextension !== undefined) {
    fileExtension = set.addextension;
    if (base.endsWith(fileExtension)) base = base.slice(0, -fileExtension.length);
  }
  if (set.extension !== undefined && base.endsWith(set.extension)) {
    fileExtension = set.extension;
    base = base.slice(0, -fileExtension.length);
  }
  const compressExtension = set.compress ? set.compressext : '';
  const index = set.dateext ? suffix : `.${set.start}`;
  const final = `${folder}/${base}${index}${fileExtension}`;
  const first = set.delaycompress ? final : final + compressExtension;
  return { folder, base, fileExtension, compressExtension, final, first, dispose: undefined };
}

async function makeRoomByDate(job: Job, names: Names, format: string): Promise<boolean> {
  const { set, messages } = job;
  const prefix = `${names.folder}/${names.base}`;
  const pattern = `${escapeGlob(prefix)}${datePattern(format)}${escapeGlob(names.fileExtension)}`;
  const sorted = (paths: readonly string[]): string[] => sortByDate(paths, prefix.length, format);
  if (set.compress && set.delaycompress) {
    const plain = expand(pattern, true);
    if (!plain.matched) messages.debug('glob finding logs to compress failed\n');
    for (const path of plain.matched ? sorted(plain.paths) : []) if (!(await compressLog(job, path))) return false;
  }
  const old = expand(pattern + escapeGlob(names.compressExtension), true);
  if (!old.matched) messages.debug('glob finding old rotated logs failed\n');
  else if (!(await dropOldest(job, names, sorted(old.paths)))) return false;
  const wanted = [names.final + (set.delaycompress ? '' : names.compressExtension), names.final];
  const taken = wanted.find(exists);
  if (taken === undefined) beginJournal(job, names, []);
  else messages.error(`destination ${taken} already exists, skipping rotation\n`);
  return taken === undefined;
}

/** The oldest beyond the count, or too old, go at once but for the last of them, which goes when the log is rotated. */
async function dropOldest(job: Job, names: Names, paths: readonly string[]): Promise<boolean> {
  const { set, messages, run } = job;
  let waiting: string | undefined;
  for (const [index, path] of paths.entries()) {
    const found = statOrWhy(path);
    if ('failed' in found) continue;
    const tooMany = set.rotateCount >= 0 && index <= paths.length - Math.max(set.rotateCount, 1);
    const tooOld = set.maxAgeDays > 0 && Math.floor((run.nowMs - found.value.mtimeMs) / DAY_MS) > set.maxAgeDays;
    if (!tooMany && !tooOld) continue;
    if (waiting !== undefined) {
      if (set.mail !== undefined && !(await mailLog(job, waiting))) return false;
      messages.debug(`removing ${waiting}\n`);
      if (!(await removeOld(job, waiting))) return false;
    }
    waiting = path;
  }
  names.dispose = waiting;
  return true;
}

async function makeRoomByNumber(job: Job, names: Names): Promise<boolean> {
  const { set, messages } = job;
  if (set.compress && set.delaycompress && !(await compressPrevious(job, names))) return false;
  const numbered = (index: number): string =>
    `${names.folder}/${names.base}.${index}${names.fileExtension}${names.compressExtension}`;
  // With rotate 0 the log is rotated once, so that scripts and mail have it, and then goes.
  const count = set.rotateCount === -1 ? highest(job, names) : Math.max(1, set.rotateCount);
  const moves: Move[] = [];
  for (let index = count + set.start - 1; index >= set.start; index -= 1) {
    moves.push({ from: numbered(index), to: numbered(index + 1), inode: 0 });
  }
  const beyond = set.rotateCount === -1 ? undefined : numbered(count + set.start);
  names.dispose = beyond;
  const shifted = await shiftAll(job, names, moves, count);
  if (beyond !== undefined && !(mayStand(job, beyond) && exists(beyond))) {
    messages.debug(`log ${beyond} doesn't exist -- won't try to dispose of it\n`);
    names.dispose = undefined;
  }
  return shifted;
}

/** delaycompress: the log of the last rotation is packed now. */
async function compressPrevious(job: Job, names: Names): Promise<boolean> {
  if (lstat(names.final) !== undefined) {
    nowStands(job, names.final + names.compressExtension);
    return compressLog(job, names.final);
  }
  job.messages.debug(`previous log ${names.final} does not exist\n`);
  return true;
}

/** With rotate -1 there is no end: one more than what is there. */
function highest(job: Job, names: Names): number {
  const entries = list(names.folder);
  if ('failed' in entries) return 0;
  let most = 0;
  const tail = names.fileExtension + names.compressExtension;
  for (const { name } of entries.value) {
    if (!name.startsWith(`${names.base}.`) || !name.endsWith(tail)) continue;
    const digits = name.slice(names.base.length + 1, name.length - tail.length);
    if (/^[1-9]\d{0,8}$/.test(digits)) most = Math.max(most, Number(digits) - job.set.start + 1);
  }
  return most;
}

async function shiftAll(job: Job, names: Names, moves: readonly Move[], count: number): Promise<boolean> {
  const { set } = job;
  const known = moves.map((move) => ({ ...move, inode: mayStand(job, move.from) ? (lstat(move.from)?.ino ?? 0) : 0 }));
  const there = known.filter((move) => move.inode !== 0);
  beginJournal(job, names, there);
  for (const [step, move] of known.entries()) {
    const aged = set.maxAgeDays === 0 ? undefined : await agedOut(job, move.from);
    if (aged === false) return false;
    const where = { count, index: count + set.start - 1 - step };
    if (aged === undefined && !shiftOne(job, move, where)) return false;
  }
  return true;
}

/**
 * With maxage upstream looks first, and does not speak of renaming what is not there or goes. undefined: it stays and is
 * to be moved; false: something went wrong.
 */
async function agedOut(job: Job, path: string): Promise<boolean | undefined> {
  const { set, messages, run } = job;
  const found = lstat(path);
  if (found === undefined) {
    messages.debug(`old log ${path} does not exist\n`);
    return true;
  }
  if (Math.floor((run.nowMs - found.mtimeMs) / DAY_MS) <= set.maxAgeDays) return undefined;
  return (set.mail === undefined || (await mailLog(job, path))) && removeOld(job, path);
}

/** Not async, nor what calls it for nothing: a thousand logs wait here for nobody. */
function shiftOne(
  job: Job,
  { from, to, inode }: Move,
  at: { readonly count: number; readonly index: number },
): boolean {
  const { set, messages, run } = job;
  if (messages.detailed) {
    messages.debug(`renaming ${from} to ${to} (rotatecount ${at.count}, logstart ${set.start}, i ${at.index}), \n`);
  }
  if (run.dry) return true;
  if (inode === 0) {
    if (messages.detailed) messages.debug(`old log ${from} does not exist\n`);
    return true;
  }
  nowStands(job, to);
  const moved = rename(from, to);
  if ('failed' in moved) messages.error(`error renaming ${from} to ${to}: ${moved.failed.words}\n`);
  return 'value' in moved;
}

function beginJournal(job: Job, names: Names, moves: readonly Move[]): void {
  const { set, log, stats } = job;
  if (job.run.dry) return;
  const how = set.copy || set.copytruncate ? 'copy' : set.renamecopy ? 'renamecopy' : 'rename';
  job.run.journal.begin({ log, inode: stats.ino, how, names, moves }, job.durable);
}

function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]]/g, '\\$&');
}

/** The folder in which the log's own name stands. */
export function temporaryName(log: string): string {
  return `${folderOf(log)}/${nameOf(log)}.tmp`;
}

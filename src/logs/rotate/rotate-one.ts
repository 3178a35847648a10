/** The rotation of one log, after room was made: rename or copy, a new file, and afterwards compressing and mailing. */

import type { Shift } from '#formats/rotation-record.ts';
import { compressLog } from './compress.ts';
import { copyLog } from './copy.ts';
import { copyAcl, createFile, moveAside } from './create.ts';
import { close, lstat, rename, unlink } from './files.ts';
import type { Copied, Job } from './job.ts';
import { nowStands } from './listing.ts';
import { mailLog } from './mail.ts';
import type { Names } from './names.ts';
import type { LogSet } from './policy.ts';
import { removeOld } from './remove.ts';
import { sealFile } from './seal.ts';
import { temporaryName } from './shift.ts';
import { calendarOf } from './state-store.ts';

/** Moves or copies the log, and makes the new one. */
export async function rotateOne(job: Job): Promise<void> {
  const { set, names } = job;
  if (names === undefined || job.failed) return;
  const copies = set.copy || set.copytruncate;
  const copied = copies ? await copyOne(job, names) : undefined;
  if (!copies) moveOne(job, names);
  if (!copies && job.acl) await aclForNew(job, names);
  if (!job.failed && !job.run.dry) keep(job, names, copied);
}

/** A mode of its own is the whole of what the new file gets. */
async function aclForNew(job: Job, names: Names): Promise<void> {
  const { set, log } = job;
  if (job.failed || !set.create || set.createAs.mode !== undefined) return;
  await copyAcl(job, set.renamecopy ? temporaryName(log) : names.final, log);
}

function moveOne(job: Job, names: Names): void {
  if (!moveLog(job, names)) job.failed = true;
  if (job.set.rotateCount === 0) {
    names.dispose = names.final + names.compressExtension;
    job.messages.debug(`disposeName will be ${names.dispose}\n`);
  }
  if (!job.failed && job.set.create) createNew(job);
}

async function copyOne(job: Job, names: Names): Promise<Copied | undefined> {
  const { set, run } = job;
  if (job.resumed) return undefined;
  const clear = run.dry || clearOfFinal(job, names);
  const skips = set.rotateCount === 0 && set.mail === undefined;
  const copied = clear ? await copyLog(job, job.log, names.final, skips) : undefined;
  if (copied === undefined) job.failed = true;
  return copied;
}

/** A file left under this name is kept aside: rename(2) would take it away without a word. */
function clearOfFinal(job: Job, names: Names): boolean {
  return lstat(names.final)?.isDirectory() === true || moveAside(job, names.final);
}

function moveLog(job: Job, names: Names): boolean {
  const { log, messages, run, set } = job;
  const to = set.renamecopy ? temporaryName(log) : names.final;
  const alreadyMoved = job.resumed && lstat(log)?.ino !== job.stats.ino;
  if (alreadyMoved) return true;
  messages.debug(`renaming ${log} to ${to}\n`);
  if (run.dry) return true;
  const inTheWay = lstat(to);
  if (inTheWay !== undefined && !inTheWay.isDirectory() && !moveAside(job, to)) return false;
  nowStands(job, to);
  const moved = rename(log, to);
  if ('value' in moved) return true;
  messages.error(`failed to rename ${log} to ${to}: ${moved.failed.words}\n`);
  return false;
}

function createNew(job: Job): void {
  const { log, messages, run, set, stats } = job;
  const { mode, uid, gid } = set.createAs;
  const as = { mode: mode ?? stats.mode & 0o777, uid: uid ?? stats.uid, gid: gid ?? stats.gid };
  if (job.resumed && lstat(log) !== undefined) return;
  messages.debug(`creating new ${log} mode = 0${as.mode.toString(8)} uid = ${as.uid} gid = ${as.gid}\n`);
  if (run.dry) return;
  const fd = createFile(job, log, as);
  if (fd === undefined) job.failed = true;
  else close(fd);
}

/** For the record; told when it is sealed, or failed. */
function keep(job: Job, names: Names, copied: Copied | undefined): void {
  const { set, stats, run, log } = job;
  if (run.onStep === undefined) return;
  const { bytes, repeatedBytes, lostBytes } = copied ?? { bytes: stats.size, repeatedBytes: 0, lostBytes: 0 };
  job.rotated = {
    step: 'rotated',
    log,
    to: names.final,
    how: set.copytruncate ? 'copytruncate' : set.copy ? 'copy' : set.renamecopy ? 'renamecopy' : 'rename',
    device: stats.dev,
    inode: stats.ino,
    sizeBytes: bytes,
    timeMs: run.nowMs,
    repeatedBytes,
    lostBytes: lostBytes ?? null,
    shift: shiftOf(set, names),
  };
}

function shiftOf({ dateext, rotateCount, start }: LogSet, { folder, base, fileExtension }: Names): Shift | null {
  if (dateext) return null;
  const last = rotateCount === -1 ? null : Math.max(1, rotateCount) + start - 1;
  return { folder, base, extension: fileExtension, first: start, last };
}

/** Tells of a rotation that took place, once: before what is beyond the count goes, or when the rest failed. */
export function tellRotated(job: Job): boolean {
  const { rotated, names, run } = job;
  if (rotated === undefined || names === undefined) return true;
  job.rotated = undefined;
  run.onStep?.({ ...rotated, seal: job.seal ?? sealFile(names.final) ?? null });
  return true;
}

/** What follows the postrotate script. Its steps wait only where there is something to wait for. */
export async function finishOne(job: Job): Promise<void> {
  const { names, run } = job;
  if (names === undefined) return;
  for (const step of [copyFromTemporary, compressFinal, mailOne, tellRotated, dispose]) {
    const done = job.failed || step(job, names);
    if (!(typeof done === 'boolean' ? done : await done)) job.failed = true;
  }
  if (!run.dry && !job.failed) run.journal.end(job.log, calendarOf(new Date(run.nowMs)), repeatable(job.set));
}

/** Finishing a rename a second time changes nothing, where no script and no mail belongs to it; a copy is another copy. */
function repeatable({ copy, copytruncate, renamecopy, mail, scripts }: LogSet): boolean {
  return !copy && !copytruncate && !renamecopy && mail === undefined && Object.keys(scripts).length === 0;
}

function compressFinal(job: Job, names: Names): boolean | Promise<boolean> {
  const { set, run } = job;
  if (!set.compress || set.delaycompress || !(run.dry || exists(names))) return true;
  return compressLog(job, names.final);
}

function mailOne(job: Job, names: Names): boolean | Promise<boolean> {
  const mailed = job.set.mailFirst ? names.first : names.dispose;
  return job.set.mail === undefined || mailed === undefined || mailLog(job, mailed);
}

function dispose(job: Job, names: Names): boolean | Promise<boolean> {
  if (names.dispose === undefined || (job.resumed && lstat(names.dispose) === undefined)) return true;
  return removeOld(job, names.dispose);
}

function exists(names: Names): boolean {
  return lstat(names.final) !== undefined;
}

function copyFromTemporary(job: Job, names: Names): boolean | Promise<boolean> {
  return !job.set.renamecopy || copyBack(job, names);
}

async function copyBack(job: Job, names: Names): Promise<boolean> {
  const temporary = temporaryName(job.log);
  if (job.resumed && lstat(temporary) === undefined) return true;
  if (!job.resumed && !job.run.dry && !clearOfFinal(job, names)) return false;
  const copied = job.resumed && exists(names) ? { bytes: 0 } : await copyLog(job, temporary, names.final, false);
  if (copied === undefined) return false;
  job.messages.debug(`removing tmp log ${temporary}\n`);
  if (job.run.dry) return true;
  const gone = unlink(temporary);
  if ('value' in gone) return true;
  job.messages.error(`error unlinking log file ${temporary}: ${gone.failed.words}\n`);
  return false;
}

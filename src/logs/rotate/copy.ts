/** Copies a log to its rotated name and empties it, for programs that keep their file open. */

import { collapse } from './collapse.ts';
import { copyFrom } from './copy-bytes.ts';
import { copyAcl } from './create.ts';
import { cutTail } from './cut-tail.ts';
import {
  close,
  fchmod,
  fchown,
  folderOf,
  fstat,
  open,
  rename,
  setTimes,
  sync,
  syncFolder,
  truncate,
  unlink,
} from './files.ts';
import { holdersOf } from './holders.ts';
import type { Copied, Job } from './job.ts';
import { partOf } from './part.ts';

const NOTHING: Copied = { bytes: 0, repeatedBytes: 0, lostBytes: 0 };

/** Copies `from` to `to` (unless `skip`), and empties it with `copytruncate`; undefined when it failed (told). */
export async function copyLog(job: Job, from: string, to: string, skip: boolean): Promise<Copied | undefined> {
  const { messages, set } = job;
  messages.debug(`${skip ? 'skip ' : ''}copying ${from} to ${to}\n`);
  const empties = set.copytruncate && from === job.log;
  if (job.run.dry) {
    messages.debug(`${empties ? 'truncating' : 'Not truncating'} ${from}\n`);
    return NOTHING;
  }
  const fd = open(from, empties ? 'change' : 'read');
  if ('failed' in fd) {
    messages.error(`error opening ${from}: ${fd.failed.words}\n`);
    return undefined;
  }
  try {
    const bytes = skip ? 0 : await copyInto(job, from, fd.value, to);
    if (bytes === undefined) return undefined;
    messages.debug(`${empties ? 'truncating' : 'Not truncating'} ${from}\n`);
    return empties ? await empty(job, { from, to, fd: fd.value, bytes, skip }) : { ...NOTHING, bytes };
  } finally {
    close(fd.value);
  }
}

async function copyInto(job: Job, from: string, fd: number, to: string): Promise<number | undefined> {
  const { messages } = job;
  const part = partOf(to);
  unlink(part);
  const found = fstat(fd);
  const out = open(part, 'create', 0o600 & found.mode);
  if ('failed' in out) {
    messages.error(`error creating output file ${to}: ${out.failed.words}\n`);
    return undefined;
  }
  try {
    const attributes = [fchown(out.value, found.uid, found.gid), fchmod(out.value, found.mode & 0o777)];
    for (const step of attributes)
      if ('failed' in step)
        return giveUp(
          job,
          part,
          `error setting owner of ${to} to uid ${found.uid} and gid ${found.gid}: ${step.failed.words}`,
        );
    if (!(await copyAcl(job, from, part))) return giveUp(job, part);
    const bytes = copyFrom(fd, out.value, 0);
    if ('failed' in bytes) return giveUp(job, part, `error copying ${from} to ${to}: ${bytes.failed}`);
    const sized = truncate(out.value, bytes.value);
    const synced = 'failed' in sized ? sized : sync(out.value);
    if ('failed' in synced) return giveUp(job, part, `error copying ${from} to ${to}: ${synced.failed.words}`);
    if (!job.set.copytruncate) setTimes(out.value, found);
    const moved = rename(part, to);
    if ('failed' in moved) return giveUp(job, part, `error renaming ${part} to ${to}: ${moved.failed.words}`);
    // The log is emptied next, perhaps on another file system: after a power failure the copy has to have its name.
    if (job.set.copytruncate) syncFolder(folderOf(to));
    return bytes.value;
  } finally {
    close(out.value);
  }
}

function giveUp(job: Job, part: string, words?: string): undefined {
  if (words !== undefined) job.messages.error(`${words}\n`);
  unlink(part);
  return undefined;
}

interface Emptying {
  readonly from: string;
  readonly to: string;
  readonly fd: number;
  readonly bytes: number;
  readonly skip: boolean;
}

/**
 * Empties the log. When a program has it open, or it grew while we copied, what was copied is collapsed out of the file
 * by the file system, which loses nothing that is written meanwhile; where that cannot be, its last page is held while
 * it is truncated. What was lost all the same is told.
 */
async function empty(job: Job, task: Emptying): Promise<Copied | undefined> {
  const { from, fd } = task;
  job.run.journal.copied(job.log, task.bytes);
  const holders = task.skip ? [] : holdersOf(from, fstat(fd));
  const busy = !task.skip && (holders?.length !== 0 || fstat(fd).size !== task.bytes);
  if (!busy) return cutPlain(job, task, false);
  const collapsed = await collapse(job, task);
  if (collapsed !== undefined) return collapsed;
  const cut = cutTail({ ...task, holders }, await import('#host/tail-page.ts'));
  if ('cannot' in cut) return cutPlain(job, task, true);
  if ('failed' in cut) {
    job.messages.error(`error copying ${from} to ${task.to}: ${cut.failed}\n`);
    return undefined;
  }
  tellLost(job, from, cut.lostBytes);
  return { ...cut, repeatedBytes: 0 };
}

/** Truncates behind the last read; when it is `busy`, what comes between is lost. */
function cutPlain(job: Job, task: Emptying, busy: boolean): Copied | undefined {
  const { messages } = job;
  const { from, fd } = task;
  const last = task.skip ? { value: task.bytes } : appendRest(task);
  if ('failed' in last) {
    messages.error(`error copying ${from} to ${task.to}: ${last.failed}\n`);
    return undefined;
  }
  const cut = truncate(fd, 0);
  if ('failed' in cut) {
    messages.error(`error truncating ${from}: ${cut.failed.words}\n`);
    return undefined;
  }
  const lostBytes = busy ? undefined : 0;
  tellLost(job, from, lostBytes);
  return { bytes: last.value, repeatedBytes: 0, lostBytes };
}

function tellLost({ messages }: Job, from: string, lostBytes: number | undefined): void {
  if (lostBytes === 0) return;
  const what =
    lostBytes === undefined
      ? 'what was written in the instant of truncation may be lost; how much cannot be told'
      : `${lostBytes} bytes that were written in the instant of truncation are lost`;
  messages.warning(
    `${from} is being written to, and its file system cannot collapse a file: ${what}. Use rename with a postrotate script where the program can reopen its log.\n`,
  );
}

/** Brings the copy up to the end of the log, again and again until nothing is new. */
function appendRest(task: Emptying): { value: number } | { failed: string } {
  const size = fstat(task.fd).size;
  if (size === task.bytes) return { value: size };
  const out = open(task.to, 'change');
  if ('failed' in out) return { failed: out.failed.words };
  try {
    let at = task.bytes;
    for (let round = 0; round < 1000; round += 1) {
      const end = copyFrom(task.fd, out.value, at);
      if ('failed' in end) return end;
      at = end.value;
      if (fstat(task.fd).size <= at) break;
    }
    sync(out.value);
    return { value: at };
  } finally {
    close(out.value);
  }
}

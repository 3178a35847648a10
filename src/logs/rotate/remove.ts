/** Takes an old log away: the preremove script, shred where asked for, unlink. */

import { close, fstat, open, unlink } from './files.ts';
import type { Job } from './job.ts';
import { run, runScript } from './programs.ts';

/** Tells "removing old log" and does it; false when the file stays. */
export async function removeOld(job: Job, path: string): Promise<boolean> {
  job.messages.debug(`removing old log ${path}\n`);
  if (job.run.dry) return true;
  const { run, log } = job;
  const gone = await removeFile(job, path, 'Failed to remove old log');
  if (gone) run.onStep?.({ step: 'removed', log, path, timeMs: run.nowMs });
  return gone;
}

/** As `removeOld` without telling of it first; `trouble` begins the error. */
export async function removeFile(job: Job, path: string, trouble: string): Promise<boolean> {
  const { set, messages } = job;
  const script = set.scripts.preremove;
  if (script !== undefined) {
    messages.debug('running preremove script\n');
    job.run.messages.flush();
    if (!(await runScript(script, [path], messages))) {
      messages.error(`error running preremove script for ${path} of '${set.pattern}'. Not removing this file.\n`);
      messages.error(`${trouble} ${path}: Operation not permitted\n`);
      return false;
    }
  }
  if (set.shred && !(await shredded(job, path))) return false;
  const gone = unlink(path);
  // After shred -u it is gone already; a log that somebody else took away is as good as removed.
  if ('value' in gone || gone.failed.code === 'ENOENT') return true;
  messages.error(`${trouble} ${path}: ${gone.failed.words}\n`);
  return false;
}

/** Overwrites it; when shred cannot, unlink alone has to do. */
async function shredded(job: Job, path: string): Promise<boolean> {
  const { set, messages } = job;
  const fd = open(path, 'change');
  if ('failed' in fd) {
    messages.error(`error opening ${path}: ${fd.failed.words}\n`);
    return false;
  }
  try {
    if (fstat(fd.value).nlink > 1 && !set.allowhardlink) {
      messages.error(
        `failed to shred "${path}", because shredding files with multiple hard links is disabled for ${path}.\n`,
      );
      return false;
    }
    messages.debug(`Using shred to remove the file ${path}\n`);
    const cycles = set.shredcycles > 0 ? ['-n', String(set.shredcycles)] : [];
    const args = ['-u', ...cycles, '--', path];
    const end = await run({ file: 'shred', args, stdio: ['ignore', 'inherit', 'inherit'], as: set.su }, messages);
    if (end.notStarted !== undefined) {
      const words = end.notStarted === 'ENOENT' ? 'No such file or directory' : 'Permission denied';
      messages.error(`cannot execute shred command: ${words}\n`);
    }
    if (end.code !== 0) messages.error(`Failed to shred ${path}, trying unlink\n`);
    return true;
  } finally {
    close(fd.value);
  }
}

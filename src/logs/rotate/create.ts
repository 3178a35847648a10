/** Makes files where none may be: what is in the way is moved aside, never overwritten. */

import { formatDate } from '#formats/logrotate-dateformat.ts';
import { close, fchmod, fchown, lstat, open, rename } from './files.ts';
import type { Job } from './job.ts';
import { ended, run, start } from './programs.ts';

export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** Gives way to a new file: what stands at `path` becomes `path`-YYYYMMDDHH.backup. False when it cannot. */
export function moveAside(job: Job, path: string): boolean {
  if (lstat(path) === undefined) return true;
  let aside = `${path}${formatDate('-%Y%m%d%H', new Date(job.run.nowMs))}.backup`;
  for (let copy = 1; lstat(aside) !== undefined; copy += 1)
    aside = aside.replace(/\.backup(?:\.\d+)?$/, `.backup.${copy}`);
  job.messages.error(`destination ${path} already exists, renaming to ${aside}\n`);
  const moved = rename(path, aside);
  if ('value' in moved) return true;
  job.messages.error(`error renaming already existing output file ${path} to ${aside}: ${moved.failed.words}\n`);
  return false;
}

/** A new empty file with these attributes, open for writing; undefined when it could not be made (told). */
export function createFile(job: Job, path: string, as: Attributes): number | undefined {
  let fd = open(path, 'create', 0o600 & as.mode);
  if ('failed' in fd && fd.failed.code === 'EEXIST') {
    if (!moveAside(job, path)) return undefined;
    fd = open(path, 'create', 0o600 & as.mode);
  }
  if ('failed' in fd) {
    job.messages.error(`error creating output file ${path}: ${fd.failed.words}\n`);
    return undefined;
  }
  // The owner first: fchown clears set-id bits, and until then nobody else may open it.
  const owned = fchown(fd.value, as.uid, as.gid);
  const failed = 'failed' in owned ? owned : fchmod(fd.value, as.mode);
  if ('value' in failed) return fd.value;
  const what =
    'failed' in owned
      ? `error setting owner of ${path} to uid ${as.uid} and gid ${as.gid}`
      : `error setting mode of ${path}`;
  job.messages.error(`${what}: ${failed.failed.words}\n`);
  close(fd.value);
  return undefined;
}

/** Gives `to` the access list, mode and owner of `from`, when the log has an access list. */
export async function copyAcl(job: Job, from: string, to: string): Promise<boolean> {
  if (!job.acl) return true;
  const args = ['--attributes-only', '--preserve=mode,ownership', '--no-dereference', '--', from, to];
  const end = await run(
    { file: '/bin/cp', args, stdio: ['ignore', 'ignore', 'ignore'], as: job.set.su, quiet: true },
    job.messages,
  );
  if (end.code !== 0) job.messages.error(`setting ACL for ${to}: Operation not supported\n`);
  return end.code === 0;
}

/** A command line holds 2 MiB at most (execve(2)); half a MiB of names leaves room for the environment. */
const LONGEST_CALL_BYTES = 524_288;

/** Which of these logs have an access list: ls(1) marks them with "+". Node cannot ask for it. */
export async function withAcl(jobs: readonly Job[]): Promise<void> {
  let from = 0;
  while (from < jobs.length) {
    let bytes = 0;
    let to = from;
    while (to < jobs.length && (to === from || bytes < LONGEST_CALL_BYTES)) {
      bytes += (jobs[to]?.log.length ?? 0) + 9;
      to += 1;
    }
    await markAcl(jobs.slice(from, to));
    from = to;
  }
}

async function markAcl(jobs: readonly Job[]): Promise<void> {
  const [first] = jobs;
  if (first === undefined) return;
  const lines = await linesOf({ file: '/bin/ls', args: ['-1Ubdn', '--', ...jobs.map((job) => job.log)] }, first);
  if (lines.length !== jobs.length) return;
  jobs.forEach((job, index) => {
    job.acl = lines[index]?.[10] === '+';
  });
}

async function linesOf(child: { file: string; args: readonly string[] }, job: Job): Promise<string[]> {
  const running = start(
    { ...child, stdio: ['ignore', 'pipe', 'ignore'], env: { LC_ALL: 'C' }, as: job.set.su, quiet: true },
    job.messages,
  );
  let text = '';
  running.stdout?.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  await ended(running);
  return text.split('\n').slice(0, -1);
}

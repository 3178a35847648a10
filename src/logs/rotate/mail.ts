/** Sends an old log by the mail command: `COMMAND -s SUBJECT ADDRESS`, the log on standard input, not compressed. */

import { close, open } from './files.ts';
import type { Job } from './job.ts';
import { ended, start } from './programs.ts';

/** False when it was not sent (told). */
export async function mailLog(job: Job, path: string): Promise<boolean> {
  const { set, messages } = job;
  const packed = set.compress && !(set.mailFirst && set.delaycompress);
  const subject = set.mailFirst && packed ? job.log : path;
  if (job.run.dry || set.mail === undefined) return true;
  const fd = open(path, 'read');
  if ('failed' in fd) {
    messages.error(`failed to open ${path} for mailing: ${fd.failed.words}\n`);
    return false;
  }
  job.run.messages.flush();
  try {
    return await (packed ? sendUnpacked(job, path, subject, fd.value) : send(job, path, subject, fd.value));
  } finally {
    close(fd.value);
  }
}

async function send(job: Job, path: string, subject: string, stdin: number | 'pipe'): Promise<boolean> {
  const { child, done } = startMailer(job, path, subject, stdin);
  child.stdin?.end();
  return done;
}

function startMailer(
  job: Job,
  path: string,
  subject: string,
  stdin: number | 'pipe',
): {
  readonly child: ReturnType<typeof start>;
  readonly done: Promise<boolean>;
} {
  const { messages, run, set } = job;
  const [file = '', ...options] = run.mailCommand.split(' ').filter((part) => part !== '');
  const args = [...options, '-s', subject, set.mail ?? ''];
  const child = start({ file, args, stdio: [stdin, 'ignore', 'inherit'] }, messages);
  const done = ended(child).then((end) => {
    if (end.notStarted !== undefined) {
      const words = end.notStarted === 'ENOENT' ? 'No such file or directory' : 'Permission denied';
      messages.error(`cannot execute mail command: ${words}\n`);
    }
    if (end.code !== 0) messages.error(`mail command failed for ${path}\n`);
    return end.code === 0;
  });
  return { child, done };
}

async function sendUnpacked(job: Job, path: string, subject: string, fd: number): Promise<boolean> {
  const { messages, set } = job;
  const mailer = startMailer(job, path, subject, 'pipe');
  const stdio = [fd, 'pipe', 'inherit'] as const;
  const unpacker = start({ file: set.uncompresscmd, args: [], stdio, as: set.su }, messages);
  const input = mailer.child.stdin;
  if (input !== null) {
    // A mailer that ends early closes its input; its exit code tells.
    input.on('error', () => undefined);
    unpacker.stdout?.pipe(input);
  }
  const end = await ended(unpacker);
  if (end.notStarted !== undefined) {
    input?.end();
    messages.error('cannot execute uncompress command: No such file or directory\n');
  }
  const sent = await mailer.done;
  if (end.code !== 0) messages.error(`uncompress command failed mailing ${path}\n`);
  return sent && end.code === 0;
}

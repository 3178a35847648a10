/** The lock on the state file: flock(2) as upstream takes it, so that both programs keep out of each other's way. */

import { close, fchmod, fstat, open, writeAll } from './files.ts';
import type { Messages } from './messages.ts';
import { run } from './programs.ts';

/** Held while the descriptor is open. "none": there is nothing to lock. undefined: we may not go on (told). */
export async function lockState(
  path: string,
  wait: boolean,
  messages: Messages,
): Promise<{ readonly fd: number } | 'none' | undefined> {
  if (path === '/dev/null') {
    messages.debug(`Skip locking state file ${path}\n`);
    return 'none';
  }
  const fd = openOrCreate(path, messages);
  if (fd === undefined) return undefined;
  if ((fstat(fd).mode & 0o004) !== 0) {
    messages.warning(
      `state file ${path} is world-readable and thus can be locked from other unprivileged users. Skipping lock acquisition...\n`,
    );
    close(fd);
    return 'none';
  }
  if (wait) messages.debug(`waiting for lock on state file ${path}\n`);
  // flock(1) locks the open file that it shares with us, so the lock stays when it has ended.
  const args = wait ? ['3'] : ['-n', '3'];
  const stdio = ['ignore', 'ignore', 'ignore', fd] as const;
  const end = await run({ file: '/usr/bin/flock', args, stdio, quiet: true }, messages);
  if (end.code === 0) {
    messages.debug(`acquired lock on state file ${path}\n`);
    return { fd };
  }
  if (end.notStarted !== undefined) {
    messages.error(`error acquiring lock on state file ${path}: /usr/bin/flock cannot be started\n`);
  } else {
    messages.error(
      `state file ${path} is already locked\nlogrotate does not support parallel execution on the same set of logfiles.\n`,
    );
  }
  close(fd);
  return undefined;
}

function openOrCreate(path: string, messages: Messages): number | undefined {
  const fd = open(path, 'change');
  if ('value' in fd) return fd.value;
  if (fd.failed.code !== 'ENOENT') {
    if (fd.failed.code === 'ELOOP') messages.debug(`Creating stub state file: ${path}\n`);
    const words = fd.failed.code === 'ELOOP' ? 'error creating stub state file' : 'error opening state file';
    messages.error(`${words} ${path}: ${fd.failed.code === 'ELOOP' ? 'File exists' : fd.failed.words}\n`);
    return undefined;
  }
  messages.debug(`Creating stub state file: ${path}\n`);
  const made = open(path, 'create', 0o600);
  if ('failed' in made) {
    messages.error(`error creating stub state file ${path}: ${made.failed.words}\n`);
    return undefined;
  }
  fchmod(made.value, 0o640);
  writeAll(made.value, Buffer.from('logrotate state -- version 2\n'));
  return made.value;
}

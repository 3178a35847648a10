/** `telltale logrotate`: the command line of logrotate, from its arguments to its exit code. */

import process from 'node:process';
import { type LogrotateOptions, parseOptions } from '#formats/logrotate-options.ts';
import { close, open } from './files.ts';
import type { Rotated, Run } from './job.ts';
import { noJournal, openJournal, readJournal } from './journal.ts';
import { lockState } from './lock.ts';
import { OrderedMessages } from './messages.ts';
import { readConfiguration } from './read-config.ts';
import { recover } from './recover.ts';
import { runSet } from './run-set.ts';
import { StateStore } from './state-store.ts';

/** What surrounds a run; tests give their own clock. */
export interface Around {
  readonly nowMs: number;
  readonly onRotated?: (rotated: Rotated) => void;
  readonly onProgress?: Run['onProgress'];
  readonly atOnce?: number;
}

/** Exit codes of logrotate(8): 0 well, 1 some error, 2 wrong option, 3 the state file is locked. */
export type ExitCode = 0 | 1 | 2 | 3;

/** `args` as given by the system; what is said goes to standard error, as with logrotate. */
export async function logrotate(args: readonly string[], around: Around): Promise<ExitCode> {
  const latin1 = args.map((arg) => Buffer.from(arg, 'utf8').toString('latin1'));
  const options = parseOptions(latin1);
  if ('bad' in options) {
    process.stderr.write(`logrotate: bad argument ${options.bad}: unknown error\n`);
    return 2;
  }
  if (options.show !== undefined || options.configs.length === 0 || (options.skipLock && options.waitForLock)) {
    const { explain } = await import('./usage.ts');
    return explain(options);
  }
  const messages = new OrderedMessages(options.verbose);
  if (!(await sendTo(options.log, messages))) return 2;
  try {
    return await rotateAll(options, messages, around);
  } finally {
    messages.flush();
    if (messages.logFd !== undefined) close(messages.logFd);
  }
}

async function sendTo(log: string | undefined, messages: OrderedMessages): Promise<boolean> {
  if (log === undefined) return true;
  if (log === 'syslog') {
    const { syslogLines } = await import('./syslog.ts');
    messages.onLine = syslogLines();
    return true;
  }
  const fd = open(log, 'overwrite', 0o644);
  if ('failed' in fd) {
    messages.error(`error opening log file ${log}: ${fd.failed.words}\n`);
    messages.flush();
    return true;
  }
  messages.logFd = fd.value;
  return true;
}

async function rotateAll(options: LogrotateOptions, messages: OrderedMessages, around: Around): Promise<ExitCode> {
  if (options.debug) {
    messages.warning(
      'logrotate in debug mode does nothing except printing debug messages!  Consider using verbose mode (-v) instead if this is not what you want.\n\n',
    );
  }
  const configuration = readConfiguration(options.configs, messages, options.debug);
  const locks = !options.debug && !options.skipLock;
  if (options.skipLock && !options.debug) messages.debug(`Skip locking state file ${options.state}\n`);
  const lock = locks ? await lockState(options.state, options.waitForLock, messages) : 'none';
  if (lock === undefined) return 3;
  const state = new StateStore(messages, around.nowMs);
  let sound = state.read(options.state) && configuration.sound;
  const keeps = !options.debug && options.state !== '/dev/null';
  const journal = keeps ? openJournal(options.state, messages) : noJournal;
  const resumed = recover(keeps ? readJournal(options.state) : [], state, messages);
  const run: Run = {
    messages,
    dry: options.debug,
    force: options.force,
    nowMs: around.nowMs,
    mailCommand: options.mail,
    journal,
    atOnce: around.atOnce ?? process.getBuiltinModule('node:os').availableParallelism(),
    onRotated: around.onRotated,
    onProgress: around.onProgress,
  };
  messages.debug(`\nHandling ${configuration.sets.length} logs\n`);
  for (const set of configuration.sets) if (!(await runSet(run, set, state, resumed))) sound = false;
  if (!options.debug && !state.write(options.state)) sound = false;
  else journal.clear();
  const told = configuration.sets.find((set) => set.errorsTo !== undefined)?.errorsTo;
  if (told !== undefined && messages.errors.length > 0 && !options.debug) {
    const { mailErrors } = await import('./mail-errors.ts');
    await mailErrors(told, messages, options.mail);
  }
  return sound ? 0 : 1;
}

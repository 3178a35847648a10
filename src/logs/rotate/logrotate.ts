/** `telltale logrotate`: the command line of logrotate, from its arguments to its exit code. */

import { type LogrotateOptions, parseOptions } from '#formats/logrotate-options.ts';
import type { RotationStep } from '#formats/rotation-record.ts';
import { close, lstat, open, touch } from './files.ts';
import type { Run } from './job.ts';
import { noJournal, openJournal, readJournal } from './journal.ts';
import { OrderedMessages } from './messages.ts';
import { type Configuration, readConfiguration } from './read-config.ts';
import { runSet } from './run-set.ts';
import { isLocked, stampOf } from './state-stamp.ts';
import { StateStore } from './state-store.ts';

/** What surrounds a run; tests give their own clock. */
export interface Around {
  readonly nowMs: number;
  /** Who keeps a record: told after each paragraph, when we are ourselves again. Without it nothing is sealed. */
  readonly onSteps?: ((steps: readonly RotationStep[]) => void | Promise<void>) | undefined;
  readonly onProgress?: Run['onProgress'];
  readonly atOnce?: number;
  /** Only these logs (Latin-1 text), whether they are due or not; with their paragraphs' scripts. */
  readonly only?: ReadonlySet<string>;
}

const DEBUG_WARNING =
  'logrotate in debug mode does nothing except printing debug messages!  Consider using verbose mode (-v) instead if this is not what you want.';

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

/** Others hold the lock, and were told of. */
class LockedError extends Error {}
/** Another run changed the state between our reading it and our lock. */
class OvertakenError extends Error {}

async function rotateAll(options: LogrotateOptions, messages: OrderedMessages, around: Around): Promise<ExitCode> {
  try {
    return await oneRun(options, messages, around, maySkipLock(options, messages));
  } catch (error) {
    if (error instanceof LockedError) return 3;
    if (!(error instanceof OvertakenError)) throw error;
    messages.takeBack();
    return await oneRun(options, messages, around, false);
  }
}

/**
 * Most runs find nothing to do and change nothing. Those need no lock, and taking one means starting flock(1): so when
 * nobody holds it and nobody sees the messages, it is taken when the first log is due.
 */
function maySkipLock({ state, force, waitForLock }: LogrotateOptions, messages: OrderedMessages): boolean {
  if (messages.detailed || force || waitForLock || state === '/dev/null') return false;
  const found = lstat(state);
  return found?.isFile() === true && (found.mode & 0o004) === 0 && !isLocked(state);
}

async function oneRun(
  options: LogrotateOptions,
  messages: OrderedMessages,
  around: Around,
  lateLock: boolean,
): Promise<ExitCode> {
  if (options.debug) messages.warning(`${DEBUG_WARNING}\n\n`);
  const keeps = !options.debug && options.state !== '/dev/null';
  const away = keeps ? readJournal(options.state).map(({ log }) => log) : [];
  const configuration = readConfiguration(options.configs, messages, { dry: options.debug, away });
  if (options.skipLock && !options.debug) messages.debug(`Skip locking state file ${options.state}\n`);
  const lock = lockOf(options, messages, lateLock);
  if (!lateLock) await lock.take();
  const state = new StateStore(messages, around.nowMs);
  const read = state.read(options.state);
  const left = keeps ? readJournal(options.state) : [];
  if (left.length > 0) await lock.take();
  const resumed = left.length === 0 ? new Map() : (await import('./recover.ts')).recover(left, state, messages);
  const run = runOf(options, messages, around, lock.take);
  const sets = chosen(configuration.sets, around.only);
  messages.debug(`\nHandling ${sets.length} logs\n`);
  const done = [read, configuration.sound];
  for (const set of sets) done.push(await recorded(run, around, (run) => runSet(run, set, state, resumed)));
  done.push(await keepState(run, state, { path: options.state, read, locked: lock.taken }));
  await tellErrors(configuration.sets, run);
  return done.includes(false) ? 1 : 0;
}

/** Runs one paragraph; what it did is told when it is done, for within it we may be somebody else ("su"). */
async function recorded(run: Run, { onSteps }: Around, action: (run: Run) => Promise<boolean>): Promise<boolean> {
  if (onSteps === undefined) return action(run);
  const steps: RotationStep[] = [];
  const done = await action({ ...run, onStep: (step) => void steps.push(step) });
  if (steps.length > 0) await onSteps(steps);
  return done;
}

function lockOf(
  options: LogrotateOptions,
  messages: OrderedMessages,
  late: boolean,
): { readonly take: () => Promise<void>; readonly taken: () => boolean } {
  const stamp = late ? stampOf(options.state) : '';
  let taken = options.debug || options.skipLock;
  const take = async (): Promise<void> => {
    if (taken) return;
    const { lockState } = await import('./lock.ts');
    if ((await lockState(options.state, options.waitForLock, messages)) === undefined) throw new LockedError();
    taken = true;
    if (late && stampOf(options.state) !== stamp) throw new OvertakenError();
  };
  return { take, taken: () => taken };
}

function runOf(options: LogrotateOptions, messages: OrderedMessages, around: Around, lock: () => Promise<void>): Run {
  const keeps = !options.debug && options.state !== '/dev/null';
  return {
    messages,
    dry: options.debug,
    force: options.force || around.only !== undefined,
    nowMs: around.nowMs,
    mailCommand: options.mail,
    journal: keeps ? openJournal(options.state, messages) : noJournal,
    lock,
    atOnce: around.atOnce ?? process.getBuiltinModule('node:os').availableParallelism(),
    onStep: undefined,
    onProgress: around.onProgress,
  };
}

function chosen(sets: Configuration['sets'], only: Around['only']): Configuration['sets'] {
  if (only === undefined) return sets;
  return sets.flatMap((set) => {
    const files = set.files.filter((log) => only.has(log));
    return files.length === 0 ? [] : [{ ...set, files }];
  });
}

async function keepState(
  run: Run,
  state: StateStore,
  { path, read, locked }: { readonly path: string; readonly read: boolean; readonly locked: () => boolean },
): Promise<boolean> {
  if (run.dry) return true;
  // Nothing changed: the time of the file alone tells that we ran, for those who watch it.
  if (!locked() && read && !state.grew && !state.shrinks && touch(path)) return true;
  await run.lock();
  if (!state.write(path)) return false;
  run.journal.clear();
  return true;
}

/** The old `errors` directive: who is named gets what went wrong. */
async function tellErrors(sets: Configuration['sets'], run: Run): Promise<void> {
  const address = sets.find((set) => set.errorsTo !== undefined)?.errorsTo;
  if (address === undefined || run.messages.errors.length === 0 || run.dry) return;
  const { mailErrors } = await import('./mail-errors.ts');
  await mailErrors(address, run.messages, run.mailCommand);
}

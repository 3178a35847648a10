/** One paragraph of the configuration from the first look at its logs to its last script. */

import type { Stats } from 'node:fs';
import type { Calendar } from '#formats/logrotate-state.ts';
import { type Clock, judge, minuteOf } from './due.ts';
import { folderOf, lstat, lstatOrWhy, statOrWhy } from './files.ts';
import { become, whoami } from './identity.ts';
import type { Job, Run } from './job.ts';
import type { LogSet, ScriptName } from './policy.ts';
import type { Resumed } from './recover.ts';
import type * as RotateSet from './rotate-set.ts';
import { calendarOf, type StateStore } from './state-store.ts';

/** False when something went wrong (told). */
export async function runSet(run: Run, set: LogSet, state: StateStore, resumed: Resumed): Promise<boolean> {
  describe(run, set);
  if (set.files.length === 0) {
    run.messages.debug('No logs found. Rotation not needed.\n');
    return true;
  }
  const before = whoami();
  // The user to become may not be able to read our program.
  if (set.su !== undefined) await loadRotation(set);
  if (set.su !== undefined && !become(set.su, run.messages)) return false;
  try {
    return await new SetRun(run, set, state, resumed).go();
  } finally {
    if (set.su !== undefined) become(before, run.messages);
  }
}

/** Most runs rotate nothing, and need nothing of this; the lock belongs to it, and is taken as the same user. */
async function loadRotation({ copytruncate, su }: LogSet): Promise<typeof RotateSet> {
  const host = copytruncate && su !== undefined ? import('#host/tail-page.ts') : undefined;
  const [rotation] = await Promise.all([import('./rotate-set.ts'), import('./lock.ts'), host]);
  return rotation;
}

function describe({ messages, force }: Run, set: LogSet): void {
  const every: Readonly<Record<LogSet['criterion'], string>> = {
    hourly: 'hourly ',
    daily: 'after 1 days ',
    weekly: 'weekly ',
    monthly: 'monthly ',
    yearly: 'yearly ',
    minutes: `after ${set.minutes} minutes `,
    size: `${set.thresholdBytes} bytes `,
  };
  let text = `\nrotating pattern: ${set.pattern} ${force ? 'forced from command line ' : every[set.criterion]}`;
  if (set.rotateCount > 0) text += `(${set.rotateCount} rotations)\n`;
  else if (set.rotateCount === 0) text += '(no old logs will be kept)\n';
  if (set.olddir !== undefined) text += `olddir is ${set.olddir}, `;
  text += set.ifempty ? 'empty log files are rotated, ' : 'empty log files are not rotated, ';
  if (set.minsizeBytes > 0) text += `only log files >= ${set.minsizeBytes} bytes are rotated, `;
  if (set.maxsizeBytes > 0) text += `log files >= ${set.maxsizeBytes} are rotated earlier, `;
  if (set.minAgeDays > 0) text += `only log files older than ${set.minAgeDays} days are rotated, `;
  messages.debug(`${text}${set.mail === undefined ? 'old logs are removed' : `old logs mailed to ${set.mail}`}\n`);
}

class SetRun {
  readonly #run: Run;
  readonly #set: LogSet;
  readonly #state: StateStore;
  readonly #resumed: Resumed;
  readonly #safe = new Map<string, boolean>();
  readonly #isRoot = process.getuid?.() === 0;
  readonly #nowWords: string;
  readonly #nowAt: Calendar;
  readonly #clock: Clock;

  constructor(run: Run, set: LogSet, state: StateStore, resumed: Resumed) {
    this.#run = run;
    this.#set = set;
    this.#state = state;
    this.#resumed = resumed;
    this.#nowAt = calendarOf(new Date(run.nowMs));
    this.#clock = { ms: run.nowMs, calendar: this.#nowAt };
    this.#nowWords = `  Now: ${minuteOf(this.#nowAt)}\n`;
  }

  async go(): Promise<boolean> {
    const jobs = this.#set.files.map((log) => this.#consider(log));
    const due = jobs.filter((job) => job.due);
    if (due.length === 0) {
      const failed = jobs.some((job) => job.failed);
      this.#tellScripts(failed);
      return !failed;
    }
    await this.#run.lock();
    const { rotateSet } = await loadRotation(this.#set);
    return rotateSet({ run: this.#run, set: this.#set, state: this.#state, jobs, due, nowAt: this.#nowAt });
  }

  /** Nothing is due: what would have run does not. */
  #tellScripts(failed: boolean): void {
    const { messages } = this.#run;
    const { scripts, sharedscripts } = this.#set;
    const skip = (name: ScriptName, words: string, when: string): void => {
      if (scripts[name] !== undefined) messages.debug(`not running ${words} script, since no logs ${when} rotated\n`);
    };
    skip('firstaction', 'first action', 'will be');
    if (sharedscripts && !failed) {
      skip('prerotate', 'prerotate', 'will be');
      skip('postrotate', 'postrotate', 'were');
    }
    skip('lastaction', 'last action', 'will be');
  }

  #consider(log: string): Job {
    const { messages } = this.#run;
    if (messages.detailed) messages.debug(`considering log ${log}\n`);
    const job: Job = {
      run: this.#run,
      set: this.#set,
      log,
      messages,
      stats: undefined as unknown as Stats,
      due: false,
      failed: false,
      acl: false,
      names: undefined,
      resumed: false,
      durable: false,
    };
    const left = this.#resumed.get(log);
    if (left !== undefined) {
      this.#state.of(log).used = true;
      return { ...job, due: true, resumed: true, names: left.names, stats: left.stats };
    }
    const stats = this.#look(job);
    const state = this.#state.of(log);
    if (stats === undefined) return job;
    state.used = true;
    job.stats = stats;
    if (messages.detailed) messages.debug(`${this.#nowWords}  Last rotated at ${minuteOf(state.last)}\n`);
    const candidate = { sizeBytes: stats.size, changedMs: stats.mtimeMs, last: state.last };
    const verdict = judge(this.#set, candidate, this.#clock, this.#run.force);
    if (verdict.future === true) messages.error(`log ${log} last rotated in the future -- rotation forced\n`);
    job.due = verdict.due;
    if (verdict.due) messages.debug('  log needs rotating\n');
    else if (verdict.words !== '') messages.debug(`  log does not need rotating ${verdict.words}\n`);
    return job;
  }

  /** The log's own facts, or undefined when it is not to be touched; `job.failed` when that is an error. */
  #look(job: Job): Stats | undefined {
    const { messages } = this.#run;
    const { log } = job;
    if (!this.#safeFolder(job)) return undefined;
    const stats = lstat(log);
    if (stats === undefined) {
      const found = lstatOrWhy(log);
      const code = 'failed' in found ? found.failed.code : '';
      if (this.#set.missingok && code === 'ENOENT') messages.debug(`  log ${log} does not exist -- skipping\n`);
      else {
        messages.error(`stat of ${log} failed: ${'failed' in found ? found.failed.words : ''}\n`);
        job.failed = true;
      }
      return undefined;
    }
    this.#state.of(log).used = true;
    const why = this.#unfit(stats);
    if (why === undefined) return stats;
    messages.debug(`  log ${log} ${why} -- skipping.\n`);
    return undefined;
  }

  #unfit(stats: Stats): string | undefined {
    if (stats.isSymbolicLink()) {
      return 'is symbolic link. Rotation of symbolic links is not allowed to avoid security issues';
    }
    // A pipe or device would be moved away by upstream.
    if (!stats.isFile()) return 'is not a regular file';
    if (stats.nlink > 1 && !this.#set.allowhardlink) {
      return `has multiple (${stats.nlink}) hard links. Rotation of files with multiple hard links is not allowed for ${this.#set.pattern}`;
    }
    return undefined;
  }

  /** Root must not work in a folder in which others can swap files under its hands (CVE-2011-1548). */
  #safeFolder(job: Job): boolean {
    if (this.#set.su !== undefined || !this.#isRoot) return true;
    const folder = folderOf(job.log);
    const known = this.#safe.get(folder);
    if (known === true) return true;
    const found = statOrWhy(folder);
    if ('failed' in found) {
      if (this.#set.missingok && found.failed.code === 'ENOENT') return false;
      this.#run.messages.error(`stat of ${folder} failed: ${found.failed.words}\n`);
      job.failed = true;
      return false;
    }
    const { mode, gid } = found.value;
    const unsafe = (gid !== 0 && (mode & 0o020) !== 0) || (mode & 0o002) !== 0;
    this.#safe.set(folder, !unsafe);
    if (!unsafe) return true;
    this.#run.messages.error(
      `skipping "${job.log}" because parent directory has insecure permissions (It's world writable or writable by group which is not "root") Set "su" directive in config file to tell logrotate which user/group should be used for rotation.\n`,
    );
    job.failed = true;
    return false;
  }
}

/** One paragraph of the configuration from the first look at its logs to its last script. */

import type { Stats } from 'node:fs';
import process from 'node:process';
import type { Calendar } from '#formats/logrotate-state.ts';
import { withAcl } from './create.ts';
import { type Clock, judge, minuteOf } from './due.ts';
import { folderOf, lstat, lstatOrWhy, statOrWhy } from './files.ts';
import { become, whoami } from './identity.ts';
import type { Job, Run } from './job.ts';
import type { LogSet, ScriptName } from './policy.ts';
import { runScript } from './programs.ts';
import type { Resumed } from './recover.ts';
import { finishOne, rotateOne } from './rotate-one.ts';
import { makeRoom } from './shift.ts';
import { calendarOf, type StateStore } from './state-store.ts';

/** False when something went wrong (told). */
export async function runSet(run: Run, set: LogSet, state: StateStore, resumed: Resumed): Promise<boolean> {
  describe(run, set);
  if (set.files.length === 0) {
    run.messages.debug('No logs found. Rotation not needed.\n');
    return true;
  }
  const before = whoami();
  if (set.su !== undefined && !become(set.su, run.messages)) return false;
  try {
    return await new SetRun(run, set, state, resumed).go();
  } finally {
    if (set.su !== undefined) become(before, run.messages);
  }
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
  #failed = false;
  #anyDue = false;

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
    const set = this.#set;
    const jobs = set.files.map((log) => this.#consider(log));
    const due = jobs.filter((job) => job.due);
    this.#anyDue = due.length > 0;
    if (this.#anyDue) await this.#run.lock();
    if (!(await this.#edge('firstaction', 'first action'))) return false;
    if (!this.#run.dry && due.length > 0 && needsAcl(set)) await withAcl(due);
    await this.#rotate(jobs, due);
    if (jobs.some((job) => job.failed)) this.#failed = true;
    if (!(await this.#edge('lastaction', 'last action'))) this.#failed = true;
    return !this.#failed;
  }

  async #rotate(jobs: readonly Job[], due: readonly Job[]): Promise<void> {
    const { sharedscripts, scripts } = this.#set;
    if (sharedscripts) await this.#together(jobs);
    else if (scripts.prerotate === undefined && scripts.postrotate === undefined) await this.#beside(due);
    else for (const job of due) await this.#alone(job);
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

  /** firstaction and lastaction. */
  async #edge(name: 'firstaction' | 'lastaction', words: string): Promise<boolean> {
    const script = this.#set.scripts[name];
    if (script === undefined) return true;
    const { messages } = this.#run;
    if (!this.#anyDue) {
      messages.debug(`not running ${words} script, since no logs will be rotated\n`);
      return true;
    }
    messages.debug(`running ${words} script\n`);
    if (await this.#script(script, [this.#set.pattern])) return true;
    messages.error(`error running ${words} script for ${this.#set.pattern}\n`);
    return false;
  }

  async #script(script: string, args: readonly string[]): Promise<boolean> {
    const { messages, dry } = this.#run;
    if (dry) {
      messages.debug(`running script with args ${args[0] ?? ''} ${args[1] ?? ''}: "${script}"\n`);
      return true;
    }
    messages.flush();
    return runScript(script, args, messages);
  }

  /** prerotate and postrotate; for all logs, or for one. */
  async #around(name: Extract<ScriptName, 'prerotate' | 'postrotate'>, job: Job | undefined): Promise<boolean> {
    const script = this.#set.scripts[name];
    const { messages } = this.#run;
    if (script === undefined) return true;
    if (!this.#anyDue) {
      const when = name === 'prerotate' ? 'will be' : 'were';
      messages.debug(`not running ${name} script, since no logs ${when} rotated\n`);
      return true;
    }
    messages.debug(`running ${name} script\n`);
    const { pattern } = this.#set;
    const after = job?.names !== undefined && name === 'postrotate' ? [job.names.final] : [];
    if (await this.#script(script, job === undefined ? [pattern] : [job.log, ...after])) return true;
    messages.error(
      job === undefined
        ? `error running shared ${name} script for '${pattern}'\n`
        : `error running non-shared ${name} script for ${job.log} of '${pattern}'\n`,
    );
    return false;
  }

  /** sharedscripts: each step for all logs; what goes wrong for one stops the steps that follow for all. */
  async #together(jobs: readonly Job[]): Promise<void> {
    const due = jobs.filter((job) => job.due);
    const failed = (): boolean => jobs.some((job) => job.failed) || this.#failed;
    await this.#each(due, (job) => this.#room(job));
    if (!failed() && !(await this.#around('prerotate', undefined))) this.#failed = true;
    if (!failed()) await this.#each(due, rotateOne);
    if (!failed() && !(await this.#around('postrotate', undefined))) this.#failed = true;
    if (!failed()) await this.#each(due, finishOne);
  }

  /** Without sharedscripts, with scripts: one log after the other. */
  async #alone(job: Job): Promise<void> {
    await this.#room(job);
    if (!job.failed && !(await this.#around('prerotate', job))) job.failed = true;
    if (!job.failed) await rotateOne(job);
    if (!job.failed && !(await this.#around('postrotate', job))) job.failed = true;
    if (!job.failed) await finishOne(job);
  }

  /** No scripts: no log needs to wait for another. */
  async #beside(jobs: readonly Job[]): Promise<void> {
    await this.#each(jobs, async (job) => {
      await this.#room(job);
      if (!job.failed) await rotateOne(job);
      if (!job.failed) await finishOne(job);
    });
  }

  /** From here on the log counts as rotated now, also when it fails: upstream tries again only when it is due again. */
  async #room(job: Job): Promise<void> {
    this.#state.of(job.log).last = this.#nowAt;
    if (!job.resumed) await makeRoom(job);
  }

  /** Several logs at once, as many as may be; each speaks in its turn. */
  async #each(jobs: readonly Job[], step: (job: Job) => Promise<void>): Promise<void> {
    const { messages, atOnce, dry } = this.#run;
    if (
      jobs.length < 2 ||
      atOnce < 2 ||
      dry ||
      this.#set.scripts.preremove !== undefined ||
      this.#set.mail !== undefined
    ) {
      for (const job of jobs) await step(job);
      return;
    }
    const waiting = jobs.values();
    const worker = async (): Promise<void> => {
      for (const job of waiting) {
        using voice = messages.aside();
        job.messages = voice;
        await step(job);
        job.messages = messages;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }
}

function needsAcl(set: LogSet): boolean {
  return (
    set.compress || set.copy || set.copytruncate || set.renamecopy || (set.create && set.createAs.mode === undefined)
  );
}

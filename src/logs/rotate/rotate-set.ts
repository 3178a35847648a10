/** What follows when a log of a paragraph is due: scripts, the rotation itself, and what comes after it. */

import type { Calendar } from '#formats/logrotate-state.ts';
import { withAcl } from './create.ts';
import { oldFolder } from './directives.ts';
import type { Job, Run } from './job.ts';
import { listFolders } from './listing.ts';
import type { LogSet, ScriptName } from './policy.ts';
import { runScript } from './programs.ts';
import { finishOne, rotateOne, tellRotated } from './rotate-one.ts';
import { makeRoom } from './shift.ts';
import type { StateStore } from './state-store.ts';

/** A sync takes milliseconds of waiting; a paragraph of a thousand logs would wait for minutes. */
const SYNCED_LOGS = 16;

/** A paragraph whose logs were looked at; at least one of them is due. */
export interface DueSet {
  readonly run: Run;
  readonly set: LogSet;
  readonly state: StateStore;
  readonly jobs: readonly Job[];
  readonly due: readonly Job[];
  readonly nowAt: Calendar;
}

/** False when something went wrong (told). */
export async function rotateSet(due: DueSet): Promise<boolean> {
  return new Rotation(due).go();
}

class Rotation {
  readonly #run: Run;
  readonly #set: LogSet;
  readonly #state: StateStore;
  readonly #jobs: readonly Job[];
  readonly #due: readonly Job[];
  readonly #nowAt: Calendar;
  #failed = false;

  constructor({ run, set, state, jobs, due, nowAt }: DueSet) {
    this.#run = run;
    this.#set = set;
    this.#state = state;
    this.#jobs = jobs;
    this.#due = due;
    this.#nowAt = nowAt;
  }

  async go(): Promise<boolean> {
    const { scripts, sharedscripts } = this.#set;
    for (const job of this.#due) job.durable = this.#due.length <= SYNCED_LOGS;
    if (!(await this.#edge('firstaction', 'first action'))) return false;
    if (!this.#run.dry && needsAcl(this.#set)) await withAcl(this.#due);
    if (sharedscripts) await this.#together();
    else if (scripts.prerotate === undefined && scripts.postrotate === undefined) await this.#beside();
    else for (const job of this.#due) await this.#alone(job);
    for (const job of this.#due) tellRotated(job);
    if (this.#jobs.some((job) => job.failed)) this.#failed = true;
    if (!(await this.#edge('lastaction', 'last action'))) this.#failed = true;
    return !this.#failed;
  }

  /** firstaction and lastaction. */
  async #edge(name: 'firstaction' | 'lastaction', words: string): Promise<boolean> {
    const script = this.#set.scripts[name];
    if (script === undefined) return true;
    const { messages } = this.#run;
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
  async #together(): Promise<void> {
    const due = this.#due;
    const failed = (): boolean => this.#jobs.some((job) => job.failed) || this.#failed;
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
  async #beside(): Promise<void> {
    const listings = this.#run.dry ? undefined : listFolders(this.#due);
    await this.#each(this.#due, async (job) => {
      job.listing = listings?.get(oldFolder(this.#set, job.log));
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
    const { messages, atOnce } = this.#run;
    if (jobs.length < 2 || atOnce < 2 || !this.#gainsByOthers()) {
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

  /** Only compressors and shred work beside us; a script or a mail wants its order. */
  #gainsByOthers(): boolean {
    const { compress, shred, scripts, mail } = this.#set;
    return (compress || shred) && !this.#run.dry && scripts.preremove === undefined && mail === undefined;
  }
}

function needsAcl(set: LogSet): boolean {
  return (
    set.compress || set.copy || set.copytruncate || set.renamecopy || (set.create && set.createAs.mode === undefined)
  );
}

/** What the next run would do with each log, and why: nothing is changed, no lock is taken. */

import type { Stats } from 'node:fs';
import process from 'node:process';
import type { Calendar } from '#formats/logrotate-state.ts';
import { oldFolder } from './directives.ts';
import { judge, minuteOf } from './due.ts';
import { lstat } from './files.ts';
import { OrderedMessages } from './messages.ts';
import type { LogSet } from './policy.ts';
import { readConfiguration } from './read-config.ts';
import { calendarOf, StateStore } from './state-store.ts';

/** One log of one paragraph. Paths are Latin-1 text; `sizeBytes` -1 when the log is missing. */
export interface PlannedLog {
  readonly log: string;
  readonly action: 'rotate' | 'keep' | 'skip' | 'missing';
  readonly why: string;
  readonly sizeBytes: number;
  /** "2026-11-21 03:00", or "" when logrotate does not know the log yet. */
  readonly lastRotated: string;
  readonly how: 'rename' | 'copy' | 'copytruncate' | 'renamecopy';
  readonly to: string;
  readonly keeps: number;
  readonly compressed: 'now' | 'next time' | 'no';
  readonly scripts: readonly string[];
  readonly from: string;
}

export interface Plan {
  readonly logs: readonly PlannedLog[];
  /** Mistakes in the configuration and the state file, in logrotate's words. */
  readonly errors: readonly string[];
}

/** Reads configuration and state as a run would. */
export function planRotation(configs: readonly string[], state: string, nowMs: number): Plan {
  const messages = new OrderedMessages(false);
  const { sets } = readConfiguration(configs, messages, { dry: true });
  const store = new StateStore(messages, nowMs);
  store.read(state);
  const logs = sets.flatMap((set) => set.files.map((log) => planned(set, log, store, nowMs)));
  const errors = messages.errors.map((text) => text.trimEnd());
  messages.takeBack();
  return { logs, errors };
}

function planned(set: LogSet, log: string, store: StateStore, nowMs: number): PlannedLog {
  const stats = lstat(log);
  const last = store.peek(log)?.last;
  return {
    log,
    ...(unfit(set, stats) ?? decided(set, stats, last, nowMs)),
    sizeBytes: stats?.size ?? -1,
    lastRotated: last === undefined ? '' : minuteOf(last),
    how: howOf(set),
    to: oldFolder(set, log),
    keeps: set.rotateCount,
    compressed: set.compress ? (set.delaycompress ? 'next time' : 'now') : 'no',
    scripts: Object.keys(set.scripts),
    from: `${set.from.file}:${set.from.line}`,
  };
}

type Decision = Pick<PlannedLog, 'action' | 'why'>;

function howOf(set: LogSet): PlannedLog['how'] {
  if (set.copytruncate) return 'copytruncate';
  return set.copy ? 'copy' : set.renamecopy ? 'renamecopy' : 'rename';
}

function unfit(set: LogSet, stats: Stats | undefined): Decision | undefined {
  if (stats === undefined) {
    return { action: 'missing', why: set.missingok ? 'not there; missingok allows it' : 'not there: an error' };
  }
  if (stats.isSymbolicLink()) return { action: 'skip', why: 'a symbolic link is never rotated' };
  if (!stats.isFile()) return { action: 'skip', why: 'not a regular file' };
  return stats.nlink > 1 && !set.allowhardlink ? { action: 'skip', why: `${stats.nlink} hard links` } : undefined;
}

function decided(set: LogSet, stats: Stats | undefined, last: Calendar | undefined, nowMs: number): Decision {
  const now = { ms: nowMs, calendar: calendarOf(new Date(nowMs)) };
  // As a run records it: a log seen for the first time counts as rotated in this hour.
  const since = last ?? { ...now.calendar, minute: 0, second: 0 };
  const candidate = { sizeBytes: stats?.size ?? 0, changedMs: stats?.mtimeMs ?? 0, last: since };
  const verdict = judge(set, candidate, now, false);
  if (verdict.due) return { action: 'rotate', why: verdict.because };
  const first = last === undefined && set.criterion !== 'size';
  const words = verdict.words.replace(/^\(|\)$/g, '') || verdict.because;
  return { action: 'keep', why: first ? 'seen for the first time: it waits a whole turn' : words };
}

/** The configuration that a distribution's cron entry names. */
export const DEFAULT_CONFIG = '/etc/logrotate.conf';

/** True when the process may see every log and every open file. */
export function seesAll(): boolean {
  return process.geteuid?.() === 0;
}

/** What the next run would do with each log, and why: nothing is changed, no lock is taken. */

import process from 'node:process';
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
  const base: Omit<PlannedLog, 'action' | 'why'> = {
    log,
    sizeBytes: stats?.size ?? -1,
    lastRotated: last === undefined ? '' : minuteOf(last),
    how: set.copytruncate ? 'copytruncate' : set.copy ? 'copy' : set.renamecopy ? 'renamecopy' : 'rename',
    to: oldFolder(set, log),
    keeps: set.rotateCount,
    compressed: set.compress ? (set.delaycompress ? 'next time' : 'now') : 'no',
    scripts: Object.keys(set.scripts),
    from: `${set.from.file}:${set.from.line}`,
  };
  if (stats === undefined) {
    return {
      ...base,
      action: 'missing',
      why: set.missingok ? 'not there; missingok allows it' : 'not there: an error',
    };
  }
  if (stats.isSymbolicLink()) return { ...base, action: 'skip', why: 'a symbolic link is never rotated' };
  if (!stats.isFile()) return { ...base, action: 'skip', why: 'not a regular file' };
  if (stats.nlink > 1 && !set.allowhardlink) return { ...base, action: 'skip', why: `${stats.nlink} hard links` };
  if (last === undefined && set.criterion !== 'size') {
    return { ...base, action: 'keep', why: 'seen for the first time: it waits a whole turn' };
  }
  const now = { ms: nowMs, calendar: calendarOf(new Date(nowMs)) };
  const candidate = { sizeBytes: stats.size, changedMs: stats.mtimeMs, last: last ?? now.calendar };
  const verdict = judge(set, candidate, now, false);
  const why = verdict.due ? verdict.because : verdict.words.replace(/^\(|\)$/g, '') || verdict.because;
  return { ...base, action: verdict.due ? 'rotate' : 'keep', why };
}

/** The configuration that a distribution's cron entry names. */
export const DEFAULT_CONFIG = '/etc/logrotate.conf';

/** True when the process may see every log and every open file. */
export function seesAll(): boolean {
  return process.geteuid?.() === 0;
}

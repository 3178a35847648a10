/** The package run that goes on, or ended a moment ago: what apt and dpkg do explains what changes meanwhile. */

import { type DpkgLogLine, parseDpkgLog } from '#formats/dpkg.ts';
import { ownCopy } from '#lib/own-copy.ts';
import { type Clock, type Files, isFailure, type PackageRun } from '#model/host.ts';

const LOG = '/var/log/dpkg.log';
const LOCKS = ['/var/lib/dpkg/lock-frontend', '/var/lib/dpkg/lock'];
/** A finished run explains changes this long. */
const REMEMBERED_MS = 600_000;
/** apt calls dpkg several times; a pause shorter than this is the same run. */
const PAUSE_MS = 60_000;
const CHECK_MS = 1000;
/** "None", or "it has ended", is believed for less long: a run may be over in 300 ms, and is looked at at once. */
const CHECK_NONE_MS = 100;
const MAX_LOG_BYTES = 64 << 20;
const TAIL_BYTES = 512 << 10;

/** Whether somebody holds the lock on a file; undefined: cannot tell. */
export type LockQuestion = (path: string) => boolean | undefined;

/**
 * Makes the question `run()`: asks the log and the locks at most once a second, ten times while none goes on. Without
 * `isLocked`, or where that cannot tell, /proc/locks is asked: each reading of it makes the kernel wait until no CPU
 * takes or drops a lock, which cost a third of the idle time of the whole watch.
 */
export function openPackageRun(
  files: Files,
  clock: Pick<Clock, 'nowMs' | 'monotonicMs'>,
  isLocked: LockQuestion = () => undefined,
): () => PackageRun | undefined {
  let checkedMs = Number.NEGATIVE_INFINITY;
  let answer: PackageRun | undefined;
  let lockedSinceMs = 0;
  const log = logReader(files, clock);
  return () => {
    const nowMs = clock.nowMs();
    if (clock.monotonicMs() - checkedMs < (answer?.endedMs === 0 ? CHECK_MS : CHECK_NONE_MS)) return answer;
    checkedMs = clock.monotonicMs();
    const running = LOCKS.some((path) => isLocked(path) ?? isListed(files, path));
    lockedSinceMs = running ? lockedSinceMs || nowMs : 0;
    answer = runOf(log(), { nowMs, running, lockedSinceMs });
    return answer;
  };
}

interface Moment {
  readonly nowMs: number;
  readonly running: boolean;
  readonly lockedSinceMs: number;
}

function runOf(log: string, { nowMs, running, lockedSinceMs }: Moment): PackageRun | undefined {
  const newest = backwards(log).next();
  // The log counts whole seconds.
  const lastMs = (newest.done === true ? Number.NEGATIVE_INFINITY : newest.value.timeMs) + 999;
  const recent = nowMs - lastMs < REMEMBERED_MS;
  if (!running && !recent) return undefined;
  const ours = recent && (!running || lockedSinceMs - lastMs < PAUSE_MS) ? lastRun(log) : [];
  return {
    startedMs: ours[0]?.timeMs ?? lockedSinceMs,
    endedMs: running ? 0 : lastMs,
    packages: new Map(ours.filter(hasVersions).map((line) => [line.package, words(line)])),
  };
}

/** The last lines that follow each other without a long pause, oldest first. */
function lastRun(log: string): readonly DpkgLogLine[] {
  const lines: DpkgLogLine[] = [];
  for (const line of backwards(log)) {
    if (line.timeMs - (lines.at(-1)?.timeMs ?? line.timeMs) < -PAUSE_MS) break;
    lines.push(line);
  }
  return lines.toReversed();
}

/** Line by line from the end: on most days the newest one says that there is nothing to read. */
function* backwards(log: string): Generator<DpkgLogLine, undefined> {
  for (let end = log.length; end > 0; ) {
    const start = end < 2 ? 0 : log.lastIndexOf('\n', end - 2) + 1;
    yield* parseDpkgLog(log.slice(start, end)).rows;
    end = start;
  }
  return undefined;
}

const TOLD = new Set(['install', 'upgrade', 'remove', 'purge']);

function hasVersions(line: DpkgLogLine): boolean {
  return TOLD.has(line.action);
}

function words({ action, package: name, versions: [old, now] }: DpkgLogLine): string {
  if (action === 'remove' || action === 'purge') return `${name} ${old} removed`;
  return old === '<none>' || old === '' ? `${name} ${now} installed` : `${name} ${old} → ${now}`;
}

/** Reads the log again only when it has grown; just after a rotation the old one is read before it. */
function logReader(files: Files, clock: Pick<Clock, 'nowMs'>): () => string {
  let stamp = '';
  let log = '';
  return () => {
    const stat = files.stat(LOG);
    const now = isFailure(stat) ? stat.error : `${stat.inode} ${stat.sizeBytes} ${stat.mtimeMs}`;
    if (now === stamp) return log;
    stamp = now;
    const current = tailOf(files, LOG);
    const earlier = current.length < 4096 ? tailOf(files, `${LOG}.1`) : '';
    const whole = earlier + current;
    const newest = backwards(whole).next();
    // An old log says only that nothing runs: its last lines are enough for that, until it grows.
    const old = newest.done === true || clock.nowMs() - newest.value.timeMs > 2 * REMEMBERED_MS;
    log = old ? ownCopy(whole.slice(-4096)) : whole;
    return log;
  };
}

function tailOf(files: Files, path: string): string {
  const content = files.read(path, MAX_LOG_BYTES);
  if (isFailure(content)) return '';
  const tail = content.subarray(Math.max(0, content.length - TAIL_BYTES)).toString('utf8');
  return tail.length < content.length ? tail.slice(tail.indexOf('\n') + 1) : tail;
}

/** dpkg and apt hold fcntl locks, which /proc/locks lists as "… MAJOR:MINOR:INODE 0 EOF" (proc_locks(5)). */
function isListed(files: Files, path: string): boolean {
  const stat = files.stat(path);
  if (isFailure(stat)) return false;
  const locks = files.read('/proc/locks');
  return !isFailure(locks) && locks.includes(`:${stat.inode} 0 EOF`, 0, 'latin1');
}

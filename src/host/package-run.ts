/** The package run that goes on, or ended a moment ago: what apt and dpkg do explains what changes meanwhile. */

import { type DpkgLogLine, parseDpkgLog } from '#formats/dpkg.ts';
import { ownCopy } from '#lib/own-copy.ts';
import { type Clock, type Files, isFailure, type PackageRun } from '#model/host.ts';

const LOG = '/var/log/dpkg.log';
const LOCKS = ['/var/lib/dpkg/lock-frontend', '/var/lib/dpkg/lock'];
/** A finished run explains changes this long. */
const REMEMBERED_MS = 600_000;
/** apt calls dpkg several times; a shorter pause before the next call is the same run, unless the locks say otherwise. */
const PAUSE_MS = 60_000;
const CHECK_MS = 1000;
/** "None", or "it has ended", is believed for less long: a run may be over in 300 ms, and is looked at at once. */
const CHECK_NONE_MS = 100;
const MAX_LOG_BYTES = 64 << 20;
const TAIL_BYTES = 512 << 10;

/** The locks were not seen free yet. */
const UNKNOWN = Number.NEGATIVE_INFINITY;

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
  let freeMs = UNKNOWN;
  let hold: Hold | undefined;
  const log = logReader(files, clock);
  const split = splitter();
  return () => {
    const nowMs = clock.nowMs();
    if (clock.monotonicMs() - checkedMs < (answer?.endedMs === 0 ? CHECK_MS : CHECK_NONE_MS)) return answer;
    checkedMs = clock.monotonicMs();
    const running = LOCKS.some((path) => isLocked(path) ?? isListed(files, path));
    if (running) {
      const before = answer?.endedMs === 0 ? hold : undefined;
      hold = { freeMs, fromMs: nowMs, ...before, untilMs: nowMs };
    } else freeMs = nowMs;
    const lines = log();
    const lastMs = newestMs(lines);
    const none = !running && nowMs - lastMs >= REMEMBERED_MS;
    answer = none ? undefined : runOf(split(lines, hold), { running, hold, lastMs, nowMs });
    return answer;
  };
}

/** The last time that the locks were seen held. */
interface Hold {
  /** When they were seen free last before that: what dpkg wrote until then is of another run. */
  readonly freeMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Moment {
  readonly running: boolean;
  readonly hold: Hold | undefined;
  readonly lastMs: number;
  readonly nowMs: number;
}

interface Runs {
  readonly newest: readonly DpkgLogLine[];
  /** Those of earlier runs, oldest first. */
  readonly before: readonly DpkgLogLine[];
}

/** The log counts whole seconds. */
function endOf(line: DpkgLogLine): number {
  return line.timeMs + 999;
}

function newestMs(log: string): number {
  const newest = backwards(log).next();
  return newest.done === true ? Number.NEGATIVE_INFINITY : endOf(newest.value);
}

function runOf({ newest, before }: Runs, { running, hold, lastMs, nowMs }: Moment): PackageRun {
  const [first] = newest;
  const isHeld = first !== undefined && hold !== undefined && isOf(withKnownStart(hold), first);
  const isQuiet = running && !isHeld && isYetToWrite(hold, lastMs);
  const { ours, others } = isQuiet ? { ours: [], others: [...before, ...newest] } : { ours: newest, others: before };
  const begun = isHeld || isQuiet ? hold?.fromMs : first?.timeMs;
  return {
    // The same from the first lock to the last line, so that all of it is one run.
    startedMs: begun ?? 0,
    endedMs: running ? 0 : lastMs,
    packages: changesOf(ours),
    before: changesOf(others.filter((line) => nowMs - endOf(line) < REMEMBERED_MS)),
  };
}

/** The locks are held, and dpkg has not written anything yet. */
function isYetToWrite(hold: Hold | undefined, lastMs: number): boolean {
  return hold !== undefined && (hold.freeMs !== UNKNOWN || hold.fromMs - lastMs >= PAUSE_MS);
}

function isOf(hold: Hold, line: DpkgLogLine): boolean {
  return hold.freeMs !== UNKNOWN && endOf(line) >= hold.freeMs && line.timeMs <= hold.untilMs;
}

/** Where nobody saw the locks free, what was written after they were seen held is of this run all the same. */
function withKnownStart(hold: Hold): Hold {
  return hold.freeMs === UNKNOWN ? { ...hold, freeMs: hold.fromMs } : hold;
}

/**
 * A run begins where dpkg was called ("startup") after the locks had been seen free, or after a long pause. Within one
 * call, and while the locks are held, any pause is the same run: a script may build an initramfs for minutes.
 */
function runsOf(log: string, hold: Hold | undefined): Runs {
  const lines = recentLines(log);
  let start = 0;
  for (const [index, line] of lines.entries()) {
    const previous = lines[index - 1];
    if (line.action !== 'startup' || previous === undefined) continue;
    const held = hold !== undefined && isOf(hold, line);
    const begun = held && isOf(hold, lines[start] ?? line);
    if (held ? !begun : line.timeMs - previous.timeMs > PAUSE_MS) start = index;
  }
  return { before: lines.slice(0, start), newest: lines.slice(start) };
}

/** The lines of the newest run, whole, and of what came at most ten minutes before its end; oldest first. */
function recentLines(log: string): readonly DpkgLogLine[] {
  const lines: DpkgLogLine[] = [];
  for (const line of backwards(log)) {
    const later = lines.at(-1);
    const isOld = later !== undefined && (lines[0]?.timeMs ?? 0) - line.timeMs > REMEMBERED_MS;
    if (isOld && later.action === 'startup' && later.timeMs - line.timeMs > PAUSE_MS) break;
    lines.push(line);
  }
  return lines.toReversed();
}

/** A run of a thousand packages is read once, not each time that somebody asks whether one goes on. */
function splitter(): (log: string, hold: Hold | undefined) => Runs {
  let known: { readonly log: string; readonly fromMs: number | undefined; readonly runs: Runs } | undefined;
  return (log, hold) => {
    if (known?.log !== log || known.fromMs !== hold?.fromMs)
      known = { log, fromMs: hold?.fromMs, runs: runsOf(log, hold) };
    return known.runs;
  };
}

/** What was changed, by package; what was only configured was unpacked by a run that was cut off. */
function changesOf(lines: readonly DpkgLogLine[]): ReadonlyMap<string, string> {
  const configured = lines.filter(({ action }) => action === 'configure');
  const changes = new Map(configured.map((line) => [line.package, `${line.package} ${line.versions[0]} configured`]));
  for (const line of lines.filter(hasVersions)) {
    changes.delete(line.package);
    changes.set(line.package, words(line));
  }
  return changes;
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
  if (old === now) return `${name} ${now} installed again`;
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

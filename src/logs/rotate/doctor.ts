/**
 * Finds what a correct configuration does not show: logs that grow and that nothing rotates, paragraphs without a log,
 * programs that still write to a rotated file, and when the disk will be full.
 */

import fs from 'node:fs';
import { formatBytesSize } from '#lib/bytes-size.ts';
import { OrderedMessages } from './messages.ts';
import { readConfiguration } from './read-config.ts';
import { attempt } from './strerror.ts';

/** One thing found. `file` is Latin-1 text. */
export interface Finding {
  readonly kind: 'not-rotated' | 'matches-nothing' | 'holds-rotated' | 'disk-full' | 'mistake' | 'errors-directive';
  readonly file: string;
  /** In plain words, without the name. */
  readonly words: string;
  readonly next: string;
}

interface OpenFile {
  readonly path: string;
  readonly pid: string;
  readonly program: string;
  readonly deleted: boolean;
  readonly stats: fs.Stats;
}

const O_ACCMODE = 3;
const LOG_LIKE = /(?:^\/var\/log\/|\/logs?\/|\.log$|_log$|\/(?:access|error)[._-]log)/;
const NO_LOG =
  /^\/(?:proc|sys|dev|run)\/|\.(?:db|sqlite3?|wal|shm|pid|lock|sock|journal)(?:~|$)|\/var\/log\/(?:journal\/|(?:lastlog|wtmp|btmp|faillog)$)/;
/** A file younger than this says nothing about its growth. */
const LEAST_AGE_MS = 3_600_000;
const DAY_MS = 86_400_000;
const MAX_DAYS = 60;

/** `open` is what processes hold open for writing; without root only our own are seen. */
export function examine(
  configs: readonly string[],
  nowMs: number,
  open: readonly OpenFile[] = openForWriting(),
): Finding[] {
  const messages = new OrderedMessages(false);
  const { sets } = readConfiguration(configs, messages, { dry: true });
  const errors = messages.errors.map((text) => text.trimEnd());
  messages.takeBack();
  const covered = new Set(sets.flatMap((set) => set.files.map(realPath)));
  const rotated = rotatedNames([...covered]);
  const findings: Finding[] = errors.map((words) => ({
    kind: 'mistake',
    file: placeOf(words),
    words: `${words}${meant(words)}`,
    next: 'telltale logrotate -d CONFIG',
  }));
  for (const set of sets) {
    if (set.errorsTo !== undefined) findings.push(errorsNote(set.from.file, set.errorsTo));
    const there = set.files.filter((file) => fs.existsSync(Buffer.from(file, 'latin1')));
    if (there.length === 0) findings.push(matchesNothing(set.pattern.trim(), set.from));
  }
  for (const file of open.filter(({ path }) => !covered.has(path))) {
    if (rotated(file.path) || (file.deleted && rotated(file.path.replace(/ \(deleted\)$/, ''))))
      findings.push(holds(file));
    else if (!file.deleted && LOG_LIKE.test(file.path) && !NO_LOG.test(file.path))
      findings.push(notRotated(file, nowMs));
  }
  return [...unique(findings), ...diskFull(open, covered, nowMs)];
}

/** The configuration file of "FILE:LINE …", or the log of "found error in LOG , skipping". */
function placeOf(words: string): string {
  return (/^found error in (.*?) ?,/.exec(words) ?? /^(.*?):\d/.exec(words))?.[1] ?? '';
}

function meant(words: string): string {
  return /unknown option 'endscript'|unexpected log filename/.test(words) ||
    /lines must begin with a keyword/.test(words)
    ? '; probably an "endscript" or a command without its "postrotate" (or another script word) before it: put "postrotate" alone on the line above the command'
    : '';
}

function errorsNote(file: string, address: string): Finding {
  return {
    kind: 'errors-directive',
    file,
    words: `"errors ${address}" is a word that logrotate gave up; Telltale still mails the errors of a run to ${address}`,
    next: 'keep it, or take it out and read the mail of cron or the journal of logrotate.service',
  };
}

function matchesNothing(pattern: string, from: { readonly file: string; readonly line: number }): Finding {
  return {
    kind: 'matches-nothing',
    file: pattern,
    words: `the paragraph at ${from.file}:${from.line} has no log: nothing there matches`,
    next: 'correct the name, or take the paragraph out',
  };
}

function holds({ path, pid, program }: OpenFile): Finding {
  return {
    kind: 'holds-rotated',
    file: path,
    words: `${program} (pid ${pid}) still writes to a rotated file: its new lines go where nobody looks, and its space is not given back`,
    next: `let it reopen its log (often: kill -HUP ${pid}) and add that as postrotate, or use copytruncate`,
  };
}

function notRotated({ path, pid, program, stats }: OpenFile, nowMs: number): Finding {
  const rate = perDay(stats, nowMs);
  const grows = rate > 0 ? `, about ${formatBytesSize(rate)} a day` : '';
  return {
    kind: 'not-rotated',
    file: path,
    words: `${program} (pid ${pid}) writes to it and no paragraph covers it; it has ${formatBytesSize(stats.size)}${grows}`,
    next: `telltale rotate plan; then write a paragraph for it in /etc/logrotate.d`,
  };
}

function perDay(stats: fs.Stats, nowMs: number): number {
  const ageMs = nowMs - stats.birthtimeMs;
  return ageMs < LEAST_AGE_MS ? 0 : (stats.size / ageMs) * DAY_MS;
}

/** Logs that nothing rotates, added up for each file system. */
function diskFull(open: readonly OpenFile[], covered: ReadonlySet<string>, nowMs: number): Finding[] {
  const rates = new Map<number, { path: string; fastest: number; perDay: number }>();
  const counted = new Set<string>();
  for (const file of open) {
    const id = `${file.stats.dev}:${file.stats.ino}`;
    if (counted.has(id) || covered.has(file.path) || !LOG_LIKE.test(file.path) || NO_LOG.test(file.path)) continue;
    counted.add(id);
    const entry = rates.get(file.stats.dev) ?? { path: file.path, fastest: 0, perDay: 0 };
    const rate = perDay(file.stats, nowMs);
    // Named after the log that grows fastest: that one is worth a paragraph first.
    const { path, fastest } = rate > entry.fastest ? { path: file.path, fastest: rate } : entry;
    rates.set(file.stats.dev, { path, fastest, perDay: entry.perDay + rate });
  }
  return [...rates.values()].flatMap(({ path, perDay }) => {
    const room = attempt(() => fs.statfsSync(Buffer.from(path.replace(/ \(deleted\)$/, ''), 'latin1')));
    if ('failed' in room || perDay <= 0) return [];
    const days = (room.value.bavail * room.value.bsize) / perDay;
    if (days > MAX_DAYS) return [];
    const words = `at the rate of the logs that nothing rotates (${formatBytesSize(perDay)} a day) its file system is full in ${Math.floor(days)} days`;
    return [{ kind: 'disk-full' as const, file: path, words, next: 'df -h; telltale rotate doctor' }];
  });
}

/** True for "LOG.1", "LOG-20260101", "LOG.2.gz" of a log that is covered. */
function rotatedNames(logs: readonly string[]): (path: string) => boolean {
  return (path) => logs.some((log) => path.startsWith(log) && /^[.-]\d+(?:\.\w+)?$/.test(path.slice(log.length)));
}

function unique(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ kind, file, words }) => {
    const key = kind === 'mistake' ? `${kind} ${words}` : `${kind} ${file}`;
    const fresh = !seen.has(key);
    seen.add(key);
    return fresh;
  });
}

function realPath(path: string): string {
  const real = attempt(() => fs.realpathSync(Buffer.from(path, 'latin1'), 'latin1' as BufferEncoding));
  return 'value' in real ? real.value : path;
}

/** Regular files that processes have open for writing (proc_pid_fd(5), proc_pid_fdinfo(5)). */
function openForWriting(proc = '/proc'): OpenFile[] {
  const found: OpenFile[] = [];
  for (const pid of fs.readdirSync(proc)) {
    if (!/^\d+$/.test(pid)) continue;
    const fds = attempt(() => fs.readdirSync(`${proc}/${pid}/fd`));
    if ('failed' in fds) continue;
    for (const fd of fds.value) {
      const file = openFile(`${proc}/${pid}`, fd);
      if (file !== undefined) found.push({ ...file, pid, program: programOf(`${proc}/${pid}`) });
    }
  }
  return found;
}

function openFile(folder: string, fd: string): Pick<OpenFile, 'path' | 'deleted' | 'stats'> | undefined {
  const link = attempt(() => fs.readlinkSync(`${folder}/fd/${fd}`, 'latin1' as BufferEncoding));
  if ('failed' in link || !link.value.startsWith('/')) return undefined;
  const info = attempt(() => fs.readFileSync(`${folder}/fdinfo/${fd}`, 'latin1'));
  const flags = 'value' in info ? Number.parseInt(/^flags:\s+(\d+)$/m.exec(info.value)?.[1] ?? '0', 8) : 0;
  if ((flags & O_ACCMODE) === 0) return undefined;
  const stats = attempt(() => fs.statSync(`${folder}/fd/${fd}`));
  if ('failed' in stats || !stats.value.isFile()) return undefined;
  return { path: link.value, deleted: link.value.endsWith(' (deleted)'), stats: stats.value };
}

function programOf(folder: string): string {
  const comm = attempt(() => fs.readFileSync(`${folder}/comm`, 'latin1').trim());
  return 'value' in comm ? comm.value : 'a program';
}

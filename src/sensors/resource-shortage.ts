/** What the whole host is short of, in its own numbers. */

import { parsePressure } from '#formats/pressure.ts';
import { type Host, isFailure } from '#model/host.ts';

export interface Shortage {
  readonly what: 'memory' | 'processor' | 'disk' | 'files' | 'processes';
  readonly detail: string;
  readonly grave: boolean;
}

/** Shares of the last five minutes, in percent. A batch machine is busy for days: only waiting that hurts counts. */
const WAITS = { memory: 10, disk: 60 } as const;
const STOPS = { memory: 30, disk: 85 } as const;
const PROCESSOR_WAITS = 90;
/** Share of what the kernel allows, in percent. */
const NEARLY = 80;
const NEARLY_ALL = 95;
/** Starts a second over a whole minute; builds reach some hundreds for a while. */
const STARTS = 1000;

/** `startsPerSecond` over the time since the last look; undefined at the first. */
export function shortagesOf(host: Host, startsPerSecond: number | undefined): Shortage[] {
  return [...waits(host), ...limits(host), ...storms(startsPerSecond)];
}

function waits(host: Host): Shortage[] {
  const found: Shortage[] = [];
  for (const [what, file] of [
    ['memory', 'memory'],
    ['disk', 'io'],
  ] as const) {
    const pressure = read(host, file);
    if (pressure === undefined || pressure.full300 < WAITS[what]) continue;
    const detail = `everything waited for ${what} in ${pressure.full300.toFixed(0)} % of the last five minutes`;
    found.push({ what, detail, grave: pressure.full300 >= STOPS[what] });
  }
  const processor = read(host, 'cpu');
  if (processor !== undefined && processor.some300 >= PROCESSOR_WAITS) {
    const detail = `something waited for a processor in ${processor.some300.toFixed(0)} % of the last five minutes`;
    found.push({ what: 'processor', detail, grave: false });
  }
  return found;
}

function read(host: Host, name: string) {
  const bytes = host.files.read(`/proc/pressure/${name}`);
  return isFailure(bytes) ? undefined : parsePressure(bytes.toString('latin1'));
}

function limits(host: Host): Shortage[] {
  const found: Shortage[] = [];
  const [files, , mostFiles] = numbers(host, '/proc/sys/fs/file-nr', /^(\d+)\s+(\d+)\s+(\d+)/);
  const [tasks] = numbers(host, '/proc/loadavg', / \d+\/(\d+) /);
  const [mostThreads] = numbers(host, '/proc/sys/kernel/threads-max', /^(\d+)/);
  const [mostPids] = numbers(host, '/proc/sys/kernel/pid_max', /^(\d+)/);
  const add = (what: 'files' | 'processes', used = 0, most = 0): void => {
    const share = most > 0 ? (used * 100) / most : 0;
    if (share < NEARLY) return;
    found.push({ what, detail: `${used} of ${most} are in use`, grave: share >= NEARLY_ALL });
  };
  add('files', files, mostFiles);
  add('processes', tasks, Math.min(mostThreads ?? 0, mostPids ?? 0));
  return found;
}

function numbers(host: Host, path: string, pattern: RegExp): number[] {
  const bytes = host.files.read(path);
  const match = isFailure(bytes) ? null : pattern.exec(bytes.toString('latin1'));
  return match === null ? [] : match.slice(1).map(Number);
}

function storms(startsPerSecond: number | undefined): Shortage[] {
  if (startsPerSecond === undefined || startsPerSecond < STARTS) return [];
  return [{ what: 'processes', detail: `${Math.round(startsPerSecond)} starts a second`, grave: false }];
}

/** Processes and threads made since the start of the machine; undefined when it cannot be read. */
export function startsSoFar(host: Host): number | undefined {
  return numbers(host, '/proc/stat', /^processes (\d+)$/m)[0];
}

/**
 * Hears of programs that are odd from their start, and of one process that reaches into another: see
 * docs/sensors/odd-process-events.md.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { tokenBucket } from '#lib/token-bucket.ts';
import type { Host, KernelEvent, ProcessFacts } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { keyOf } from '#model/table.ts';
import { byForeignSetuid, fromMemory, suspectOf, whatCameOf } from './odd-process-deeds.ts';
import { oddMemoryOf } from './odd-process-memory.ts';
import { oddRow } from './odd-process-row.ts';
import { type OddRow, oddProcesses } from './odd-process-table.ts';
import { isWatched, mayBeWatched, readRunning } from './process-scan.ts';
import { fileSigns } from './process-signs/file-signs.ts';
import { inputSigns } from './process-signs/input-signs.ts';
import { loaderSigns } from './process-signs/loader-signs.ts';
import { nameSigns } from './process-signs/name-signs.ts';
import { isSetuidFile, rootSigns } from './process-signs/rights-signs.ts';
import type { Sign } from './process-signs/sign.ts';
import { resolvePath } from './resolve-path.ts';

/** Starts that are examined: as many a second, and at once. A storm is left to the looks. */
const ASKED_A_SECOND = 8;
const ASKED_AT_ONCE = 200;
const MAX_STARTS = 4096;
const START_AGE_MS = 60_000;

const oddProcessEvents: Listener = {
  name: 'odd-process-events',
  doc: 'Kernel events of exec, new names, ptrace, writes to the memory of other processes, rights of root and memory that may be run.',
  table: oddProcesses.name,
  async listen(host, signal) {
    const kernel = await host.kernelEvents(signal, [
      'exec',
      'trace',
      'memory-write',
      'memory-read',
      'became-root',
      'executable-memory',
      'renamed',
    ]);
    // The process connector names no program that was left again.
    if (kernel.by.startsWith('tracefs')) oddMemoryOf(host).heardSinceMs = host.clock.nowMs();
    return {
      events: translated(kernel.batches, oddTranslator(host)),
      lost: () => kernel.lost(),
      by: kernel.by,
      gaps: kernel.gaps.filter(({ what }) => what.startsWith('trace event syscalls/sys_enter_')),
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default oddProcessEvents;

/** `again`: another process did what is shown already. */
type Translate = (event: KernelEvent) => readonly { readonly row: OddRow; readonly again: boolean }[];

async function* translated(
  batches: AsyncIterable<readonly KernelEvent[]>,
  translate: Translate,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) {
    const events: SensorEvent[] = [];
    for (const event of batch) {
      for (const told of translate(event)) {
        events.push({ timeMs: event.timeMs, kind: 'appeared', table: oddProcesses.name, ...told });
      }
    }
    if (events.length > 0 || batch.length === 0) yield events;
  }
}

/** Event of the kernel → rows of what is odd about it; each is told once while it is shown, and once more for each process that does the same. */
export function oddTranslator(host: Host): Translate {
  const starts = new BoundedMap<string, number>(MAX_STARTS);
  const budget = tokenBucket(ASKED_AT_ONCE, ASKED_A_SECOND);
  // Of their own: a storm of starts must not hide them.
  const deeds = tokenBucket(ASKED_AT_ONCE, ASKED_A_SECOND);
  const memory = oddMemoryOf(host);
  const setuid = setuidTest(host);
  const isAsked = (event: KernelEvent, nowMs: number): boolean => {
    // Whoever runs a setuid program of no package is never one of many.
    if (event.kind !== 'exec' || event.formerUid !== undefined) return deeds.take(nowMs);
    return budget.take(nowMs) || isNewStart(starts, event, nowMs);
  };
  return (event) => {
    if (isRunBySetuid(event, setuid)) memory.passesSetuid(event.pid, event.timeMs);
    if (!mayBeWatched(host, event.before)) return [];
    const nowMs = host.clock.monotonicMs();
    if (!isAsked(event, nowMs)) return [];
    const rows = event.kind === 'exec' ? started(host, event) : whatCameOf(host, event);
    const shown = new Map(memory.shown(nowMs).map((row) => [keyOf(row, oddProcesses.key), row]));
    const news = rows.flatMap((row) => {
      const before = shown.get(keyOf(row, oddProcesses.key));
      const again = before !== undefined && isAgain(before, row);
      return before === undefined || again ? [{ row, again }] : [];
    });
    // A rehearsal may be repeated at once: what was our own hand is gone with its process.
    for (const row of rows) if (!host.own.has(row.pid)) memory.show(row, nowMs);
    return news;
  };
}

/** What somebody did, rather than how a program is started all day. */
const DEEDS: ReadonlySet<string> = new Set([
  'memory',
  'kernel name',
  'other name',
  'traced',
  'wrote memory',
  'executable memory',
  'socket as input',
  'became root',
]);

/** A shell of the same connection is no news, nor is a look of the same tracer; where nothing tells, the process does. */
function isAgain(before: OddRow, row: OddRow): boolean {
  if (!DEEDS.has(row.sign)) return false;
  return row.detail === '' ? row.pid !== before.pid : row.detail !== before.detail;
}

/**
 * It ran a setuid program until now, or runs one from now on: of two programs that follow each other at once the first
 * may be known by the name alone that exec was given.
 */
function isRunBySetuid({ before, filename = '' }: KernelEvent, setuid: (exe: string) => boolean): boolean {
  return (before !== undefined && setuid(before.exe)) || setuid(filename);
}

/** Is this program setuid? Asked once a minute: each start asks. */
function setuidTest(host: Host): (exe: string) => boolean {
  const known = new BoundedMap<string, { readonly is: boolean; readonly atMs: number }>(MAX_STARTS);
  return (exe) => {
    if (!exe.startsWith('/')) return false;
    const nowMs = host.clock.monotonicMs();
    const found = known.get(exe);
    if (found !== undefined && nowMs - found.atMs < START_AGE_MS) return found.is;
    const is = isSetuidFile(host, resolvePath(host.files, exe)) ?? false;
    known.set(exe, { is, atMs: nowMs });
    return is;
  };
}

/** Whether a program of that name, from that parent and user, was not started for a minute. */
function isNewStart(
  starts: BoundedMap<string, number>,
  { filename = '', before }: KernelEvent,
  nowMs: number,
): boolean {
  const start = before === undefined ? filename : `${filename}\0${before.exe}\0${before.uid}`;
  const lastMs = starts.get(start);
  if (lastMs !== undefined && nowMs - lastMs < START_AGE_MS) return false;
  starts.set(start, nowMs);
  return true;
}

function started(host: Host, event: KernelEvent): OddRow[] {
  const foreign = event.formerUid === undefined ? [] : byForeignSetuid(host, event);
  if (foreign.length > 0) return foreign;
  const hidden = fromMemory(host, event);
  if (hidden.length > 0) return hidden;
  const process = askedAgain(host, event);
  if (process === undefined || process.asStarted || process.exe === '' || !isWatched(host, process)) return [];
  const running = readRunning(host, process);
  if (running === undefined) return [];
  const suspect = suspectOf(host, running);
  const memory = oddMemoryOf(host);
  const signs: Sign[] = [
    // What was deleted or replaced while it ran is for the look: a program that an upgrade replaces is started often.
    ...fileSigns(suspect).filter(({ sign }) => sign === 'memory' || sign === 'deleted'),
    ...nameSigns(suspect),
    ...loaderSigns(suspect),
    ...inputSigns(suspect),
    ...rootSigns(suspect, {
      before: undefined,
      heardSinceMs: memory.heardSinceMs,
      passedSetuid: (one) => memory.passedSetuid(one),
      isRooted: (those) => memory.isRooted(those),
    }),
  ];
  return signs.map((sign) => oddRow(suspect, sign));
}

/** As it was started is not enough here: where it still runs, it can be asked now. */
function askedAgain(host: Host, event: KernelEvent): ProcessFacts | undefined {
  const { process } = event;
  return process?.asStarted === true ? (host.processes.get(event.pid) ?? process) : process;
}

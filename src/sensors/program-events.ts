/**
 * Hears of every program that is started, also of those that live for a moment: see docs/sensors/program-events.md. A
 * storm of the same program costs a look-up each; what is new, or not asked about for a while, is asked of /proc.
 */

import { belongingOf } from '#formats/cgroup.ts';
import { interpreterIn, scriptOf } from '#formats/script-of.ts';
import { stableExePath } from '#formats/stable-names.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { tokenBucket } from '#lib/token-bucket.ts';
import { type Host, isFailure, type KernelEvent, type ProcessFacts } from '#model/host.ts';
import type { Listener, SensorEvent } from '#model/sensor.ts';
import { keyOf } from '#model/table.ts';
import { isWatched, mayBeWatched } from './process-scan.ts';
import { programMemoryOf } from './program-memory.ts';
import { programRow, type Seen } from './program-row.ts';
import { type ProgramRow, programs } from './program-table.ts';
import { resolvePath } from './resolve-path.ts';
import { startedPath } from './started-path.ts';

/** Starts that are asked of /proc in full: as many a second, and at once. The others are known by name, parent and user. */
const ASKED_A_SECOND = 8;
const ASKED_AT_ONCE = 200;
/** Starts by what was known of them before they were asked; the oldest goes. */
const MAX_STARTS = 4096;
/** After this time the same start is asked about again. */
const START_AGE_MS = 60_000;
/** Rows told as events; the same one is told again after a while, so that its row stays fresh. */
const MAX_TOLD = 4096;
const TOLD_AGE_MS = 30 * 60_000;
const PARENTS = 8;

const programEvents: Listener = {
  name: 'program-events',
  doc: 'Kernel events of exec, joined with the process that did it.',
  table: programs.name,
  async listen(host, signal) {
    const kernel = await host.kernelEvents(signal, ['exec']);
    const translate = execTranslator(host);
    return {
      events: translated(kernel.batches, translate),
      lost: () => kernel.lost(),
      by: kernel.by,
      gaps: kernel.gaps.filter(({ what }) => what === 'short-lived processes'),
      [Symbol.asyncDispose]: () => kernel[Symbol.asyncDispose](),
    };
  },
};
export default programEvents;

async function* translated(
  batches: AsyncIterable<readonly KernelEvent[]>,
  translate: (event: KernelEvent) => SensorEvent<ProgramRow> | undefined,
): AsyncGenerator<readonly SensorEvent[]> {
  for await (const batch of batches) {
    const events: SensorEvent[] = [];
    for (const event of batch) {
      const told = translate(event);
      if (told !== undefined) events.push(told);
    }
    if (events.length > 0 || batch.length === 0) yield events;
  }
}

/** Event of the kernel → a row that appeared; undefined for a program that was told before. */
export function execTranslator(host: Host): (event: KernelEvent) => SensorEvent<ProgramRow> | undefined {
  const starts = new BoundedMap<string, number>(MAX_STARTS);
  const told = new BoundedMap<string, number>(MAX_TOLD);
  const budget = tokenBucket(ASKED_AT_ONCE, ASKED_A_SECOND);
  const memory = programMemoryOf(host);
  return (event) => {
    if (!mayBeWatched(host, event.before)) return undefined;
    const nowMs = host.clock.monotonicMs();
    const start = startOf(event);
    const knownMs = starts.get(start);
    const old = knownMs === undefined || nowMs - knownMs > START_AGE_MS;
    // New in name, parent or user is always asked about; the rest as far as the budget goes.
    if (!budget.take(nowMs) && !old) return undefined;
    const process = tellable(host, event);
    if (process === undefined) return undefined;
    if (old) starts.set(start, nowMs);
    const row = programRow(host, seenOf(host, process), host.processes.parents(event.pid, PARENTS), { verify: false });
    if (!host.own.has(row.pid)) memory.note(row);
    const key = keyOf(row, programs.key);
    const toldMs = told.get(key);
    if (toldMs !== undefined && nowMs - toldMs < TOLD_AGE_MS) return undefined;
    told.set(key, nowMs);
    return { timeMs: event.timeMs, kind: 'appeared', table: programs.name, row };
  };
}

/** Undefined where only a name is known: whose it was, or which file, cannot be told. */
function tellable(host: Host, { process }: KernelEvent): ProcessFacts | undefined {
  if (process === undefined || process.exe === '' || process.uid < 0 || !isWatched(host, process)) return undefined;
  if (!process.asStarted) return process;
  const path = startedPath(host, process);
  if (path === '') return undefined;
  return process.exe.startsWith('/') ? process : { ...process, exe: path };
}

function startOf({ filename = '', before }: KernelEvent): string {
  return before === undefined ? filename : `${filename}\0${before.exe}\0${before.uid}\0${before.cgroup}`;
}

/** The facts with what a look would have read out of them; of a process that is gone, out of the file that was started. */
function seenOf(host: Host, process: ProcessFacts): Seen {
  const { unit, unitNow, session, container } = belongingOf(process.cgroup);
  const belonging = { unit, unitNow, session, container };
  if (!process.asStarted)
    return { ...process, ...belonging, script: stableExePath(scriptOf(process.exe, process.cmdline)) };
  const path = resolvePath(host.files, process.exe);
  const interpreter = interpreterOf(host, path);
  if (interpreter === '') return { ...process, exe: path, ...belonging, script: '' };
  return { ...process, exe: resolvePath(host.files, interpreter), ...belonging, script: stableExePath(process.exe) };
}

/** Scripts are short; what is longer is not read for its first line. */
const MAX_SCRIPT_BYTES = 64 << 10;

/** By the file's own first line; "" for what is no script, or too long for one. */
function interpreterOf(host: Host, path: string): string {
  const bytes = host.files.read(path, MAX_SCRIPT_BYTES);
  return isFailure(bytes) ? '' : interpreterIn(bytes.toString('latin1', 0, 256));
}

/** A row of `programs` for a process: the same from a look and from an event, so that one confirms the other. */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import { fromOf, namesOf, serviceAbove, whatRuns } from './process-origin.ts';
import type { Running } from './process-scan.ts';
import type { Program } from './program.ts';
import type { ProgramRow } from './program-table.ts';

const CMDLINE = 1024;
/** What a program is changes by an exec, or when its file or package does: asked again after this time. */
const KEEP_MS = 5 * 60_000;
const MAX_KEPT = 8192;

type Kept = BoundedMap<string, { readonly program: Program; readonly atMs: number }>;
const kept = new WeakMap<Host, Kept>();

type Kind = ProcessFacts & Pick<Running, 'script'>;

/** What a row needs to know of a process. */
export type Seen = ProcessFacts & Pick<Running, 'unit' | 'unitNow' | 'session' | 'container' | 'script'>;

/** `verify`: hold the file against the checksums of its package, which reads it whole once. */
export function programRow(
  host: Host,
  process: Seen,
  ancestors: readonly ProcessFacts[],
  options: { readonly verify: boolean },
): ProgramRow {
  const program = keptProgram(host, process, options.verify);
  const { pid, comm, uid, user, startedMs, exeState, asStarted } = process;
  return {
    exe: program.exe,
    script: process.script,
    user,
    from: fromOf(host, process, ancestors),
    package: program.package,
    packageState: program.packageState,
    altered: program.packageState === 'altered',
    exePlace: program.exePlace,
    count: 1,
    pid,
    comm,
    cmdline: process.cmdline.slice(0, CMDLINE),
    uid,
    parents: namesOf(ancestors),
    service: serviceAbove(ancestors),
    unitNow: process.unitNow,
    session: process.session,
    container: process.container,
    startedMs,
    lastMs: host.clock.nowMs(),
    exeNow: process.exe,
    exeState,
    asStarted,
  };
}

/** What a process runs, five minutes old at most: finding out looks at the file, its folders and its package. */
export function keptProgram(host: Host, process: Kind, verify: boolean): Program {
  const programs: Kept = kept.get(host) ?? new BoundedMap(MAX_KEPT);
  kept.set(host, programs);
  const key = `${process.pid} ${process.startTicks} ${verify} ${process.exeState}\0${process.exe}\0${process.script}`;
  const nowMs = host.clock.monotonicMs();
  const known = programs.get(key);
  if (known !== undefined && nowMs - known.atMs < KEEP_MS) return known.program;
  const program = whatRuns(host, process, process.script, verify);
  programs.set(key, { program, atMs: nowMs });
  return program;
}

/** Rows of one identity become one: details of the oldest process, and how many there are. */
export function mergePrograms(rows: readonly ProgramRow[], keyOfRow: (row: ProgramRow) => string): ProgramRow[] {
  const merged = new Map<string, ProgramRow>();
  for (const row of rows) {
    const key = keyOfRow(row);
    const other = merged.get(key);
    if (other === undefined) {
      merged.set(key, row);
      continue;
    }
    const oldest = other.startedMs <= row.startedMs ? other : row;
    merged.set(key, {
      ...oldest,
      count: other.count + row.count,
      altered: other.altered || row.altered,
      packageState: other.altered ? other.packageState : row.altered ? row.packageState : oldest.packageState,
    });
  }
  return [...merged.values()];
}

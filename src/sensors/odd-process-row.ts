/** A row of `odd-processes` for a process and a sign: the same from a look and from an event. */

import { stableExePath } from '#formats/stable-names.ts';
import type { ProcessFacts } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import { nobodyElse, type OddRow, oddProcesses } from './odd-process-table.ts';
import { fromOf, namesOf } from './process-origin.ts';
import type { Sign, Suspect } from './process-signs/sign.ts';

const CMDLINE = 1024;
const HOLDERS = 16;
const PARENTS = 8;

/** The row; asks what the program is. */
export function oddRow(suspect: Suspect, { sign, value, detail = '', by }: Sign): OddRow {
  const { process, ancestors } = suspect;
  const program = suspect.program();
  const { pid, comm, uid, user, startedMs, exeState, asStarted, unitNow, session, container } = process;
  return {
    sign,
    exe: stableExePath(process.exe),
    script: process.script,
    user,
    from: fromOf(suspect.host, process, ancestors),
    value,
    altered: sign === 'replaced' && program.packageState === 'altered',
    detail,
    package: program.package,
    packageState: program.packageState,
    exePlace: program.exePlace,
    count: 1,
    holders: [`${comm} (${pid})`],
    pid,
    comm,
    cmdline: process.cmdline.slice(0, CMDLINE),
    uid,
    parents: namesOf(ancestors),
    unitNow,
    session,
    container,
    ...otherOf(suspect, by),
    startedMs,
    exeNow: process.exe,
    exeState,
    asStarted,
  };
}

/** Who did it; its parents as of now. */
function otherOf({ host }: Suspect, by: ProcessFacts | undefined): typeof nobodyElse {
  if (by === undefined) return nobodyElse;
  return {
    byPid: by.pid,
    byExe: by.exe,
    byPackage: by.exe.startsWith('/') ? host.packages.ownerOf(by.exe) : '',
    byComm: by.comm,
    byCmdline: by.cmdline.slice(0, CMDLINE),
    byUser: by.user,
    byUid: by.uid,
    byParents: namesOf(host.processes.parents(by.pid, PARENTS)),
    byStartedMs: by.startedMs,
  };
}

/** Rows of one identity become one: details of the oldest process. */
export function mergeOdd(rows: readonly OddRow[]): OddRow[] {
  const merged = new Map<string, OddRow>();
  for (const row of rows.toSorted((a, b) => a.startedMs - b.startedMs)) {
    const key = keyOf(row, oddProcesses.key);
    const oldest = merged.get(key);
    merged.set(key, oldest === undefined ? row : joined(oldest, row));
  }
  return [...merged.values()];
}

function joined(oldest: OddRow, row: OddRow): OddRow {
  const holders = [...oldest.holders, ...row.holders].slice(0, HOLDERS);
  return { ...oldest, count: oldest.count + row.count, holders, altered: oldest.altered || row.altered };
}

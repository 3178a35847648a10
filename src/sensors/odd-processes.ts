/** Looks for processes that show a sign of trouble: see docs/sensors/odd-processes.md. */

import { setImmediate as breathe } from 'node:timers/promises';
import type { Host } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { keyOf } from '#model/table.ts';
import { type Kept, type OddMemory, oddMemoryOf } from './odd-process-memory.ts';
import { mergeOdd, oddRow } from './odd-process-row.ts';
import { type OddRow, oddProcesses } from './odd-process-table.ts';
import { lostFrom } from './process-origin.ts';
import { keepPast, type Past, pastOf } from './process-past.ts';
import { ancestorsOf, isWatched, type Running, type Scan, scanProcesses } from './process-scan.ts';
import { fileSigns } from './process-signs/file-signs.ts';
import { inputSigns } from './process-signs/input-signs.ts';
import { loaderSigns } from './process-signs/loader-signs.ts';
import { loginOf } from './process-signs/login.ts';
import { memorySigns } from './process-signs/memory-signs.ts';
import { nameSigns } from './process-signs/name-signs.ts';
import { rootSigns, tracerSigns } from './process-signs/rights-signs.ts';
import { auditSessionOf, openSessions, type SessionsKnown, sessionSigns } from './process-signs/session-signs.ts';
import type { Sign, Suspect } from './process-signs/sign.ts';
import { keptProgram } from './program-row.ts';

export { type OddRow, oddProcesses } from './odd-process-table.ts';

const SLICE = 16;
/** Maps read in one look, but for the first; those asked longest ago come first. */
const MAPS_A_LOOK = 12;
/** Maps of a process are read again after this time: a JIT, or an intruder, may have come meanwhile. */
const MAPS_AGE_MS = 10 * 60_000;
/** A program that has just begun is not yet as it will be. */
const SETTLED_MS = 5000;

/** What could not be read of a process is no sign. */
export default defineSensor<OddRow>({
  name: 'odd-processes',
  doc: 'Reads every process of /proc, and of some their memory maps.',
  everyMs: 10_000,
  table: oddProcesses,
  async look(host, signal) {
    const scan = await scanProcesses(host, 'changed');
    const memory = oddMemoryOf(host);
    const watched = [...scan.processes.values()].filter(
      (process) => process.exe !== '' && !process.ending && isWatched(host, process),
    );
    for (const process of watched) keepUp(host, memory, process);
    await readMaps(host, memory, watched);
    const open = openSessions(scan, (process) => memory.kept.get(nameOf(process))?.session.audit ?? '');
    const sessions = { scan, open, first: memory.first, nowMs: host.clock.monotonicMs() };
    const rows: OddRow[] = [];
    const found = new Map<number, string[]>();
    for (const [asked, process] of watched.entries()) {
      if (asked % SLICE === SLICE - 1) await breathe();
      signal.throwIfAborted();
      const kept = memory.kept.get(nameOf(process));
      if (kept === undefined) continue;
      const suspect = suspectOf(host, scan, process);
      const signs = signsOf(suspect, kept, { sessions, memory });
      for (const sign of signs) rows.push(oddRow(suspect, sign));
      if (signs.length > 0) found.set(process.pid, signs.map(wordsOf));
      kept.before = process;
    }
    memory.first = false;
    memory.found(found);
    keepPast(host, lostOf(host, scan, memory));
    const merged = mergeOdd(rows);
    const keys = new Set(merged.map((row) => keyOf(row, oddProcesses.key)));
    const shown = memory.shown(host.clock.monotonicMs()).filter((row) => !keys.has(keyOf(row, oddProcesses.key)));
    return { rows: [...merged, ...shown], gaps: scan.gaps, by: '/proc' };
  },
});

/** What nobody could find out any more after a restart of the watch. */
function lostOf(host: Host, scan: Scan, memory: OddMemory): ReadonlyMap<string, Past> {
  const lost = new Map<string, Past>();
  for (const process of scan.processes.values()) {
    if (process.exe === '' || process.unit !== '') continue;
    const session = memory.kept.get(nameOf(process))?.session;
    const login = session?.overSinceMs === undefined ? undefined : session.login;
    const from = lostFrom(host, process, ancestorsOf(scan, process));
    if (from !== undefined || login !== undefined)
      lost.set(nameOf(process), { ...(from !== undefined && { from }), ...(login && { login }) });
  }
  return lost;
}

function wordsOf({ sign, value }: Sign): string {
  return value === '' ? sign : `${sign}: ${value}`;
}

function nameOf({ pid, startTicks }: Running): string {
  return `${pid} ${startTicks}`;
}

/** Asks what an exec alone can change, once. */
function keepUp(host: Host, memory: OddMemory, process: Running): void {
  const name = nameOf(process);
  const kept = memory.kept.get(name);
  // Set anew, so that those that ended are the oldest.
  if (kept?.exe === process.exe) {
    memory.kept.set(name, kept);
    return;
  }
  memory.kept.set(name, {
    exe: process.exe,
    loader: loaderSigns({ host, process }),
    // Who let it in stays as it is for its life, and is forgotten half a minute after it ended.
    session: kept?.session ?? {
      audit: auditSessionOf(host, process.pid),
      login: loginOf(host, process) ?? pastOf(host, process).login,
      overSinceMs: undefined,
    },
    memory: [],
    memoryMs: Number.NEGATIVE_INFINITY,
    before: undefined,
  });
}

async function readMaps(host: Host, memory: OddMemory, processes: readonly Running[]): Promise<void> {
  const [nowMs, wallMs] = [host.clock.monotonicMs(), host.clock.nowMs()];
  const due = processes
    .flatMap((process) => {
      const kept = memory.kept.get(nameOf(process));
      const young = !memory.first && wallMs - process.startedMs < SETTLED_MS;
      return kept === undefined || young || nowMs - kept.memoryMs < MAPS_AGE_MS ? [] : [{ process, kept }];
    })
    .sort((a, b) => a.kept.memoryMs - b.kept.memoryMs);
  for (const { process, kept } of due.slice(0, memory.first ? due.length : MAPS_A_LOOK)) {
    await breathe();
    kept.memory = memorySigns(host, process);
    kept.memoryMs = nowMs;
  }
}

function suspectOf(host: Host, scan: Scan, process: Running): Suspect {
  const ancestors = ancestorsOf(scan, process);
  return {
    host,
    process,
    ancestors,
    parent: ancestors[0],
    other: (pid) => scan.processes.get(pid),
    program: () => keptProgram(host, process, true),
  };
}

function signsOf(
  suspect: Suspect,
  kept: Kept,
  at: { readonly sessions: SessionsKnown; readonly memory: OddMemory },
): Sign[] {
  return [
    ...fileSigns(suspect),
    ...nameSigns(suspect),
    ...kept.loader,
    ...tracerSigns(suspect),
    ...kept.memory,
    ...inputSigns(suspect),
    ...sessionSigns(suspect, kept.session, at.sessions),
    ...rootSigns(suspect, {
      before: kept.before,
      heardSinceMs: at.memory.heardSinceMs,
      passedSetuid: (process) => at.memory.passedSetuid(process),
      isRooted: (those) => at.memory.isRooted(those),
    }),
  ];
}

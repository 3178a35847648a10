/** Rows of `resource-troubles`: of a program, or of the whole host. */

import { stableExePath } from '#formats/stable-names.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import { fromOf, namesOf, whatRuns } from './process-origin.ts';
import type { Seen } from './program-row.ts';
import type { ResourceRow } from './resource-table.ts';

const CMDLINE = 1024;

type Trouble = Pick<ResourceRow, 'kind' | 'what' | 'detail' | 'grave'>;

/** A trouble of one program. */
export function programTrouble(
  host: Host,
  process: Seen,
  ancestors: readonly ProcessFacts[],
  trouble: Trouble,
): ResourceRow {
  const program = whatRuns(host, process, process.script, false);
  const { pid, comm, uid, user, startedMs, exeState, asStarted, unitNow, session, script } = process;
  return {
    ...trouble,
    exe: stableExePath(process.exe),
    script,
    user,
    from: fromOf(host, process, ancestors),
    times: 1,
    package: program.package,
    packageState: program.packageState,
    exePlace: program.exePlace,
    count: 1,
    pid,
    comm,
    cmdline: process.cmdline.slice(0, CMDLINE),
    uid,
    parents: namesOf(ancestors),
    unitNow,
    session,
    startedMs,
    lastMs: host.clock.nowMs(),
    exeNow: process.exe,
    exeState,
    asStarted,
  };
}

/** A shortage of the whole host. */
export function hostTrouble(host: Host, trouble: Trouble): ResourceRow {
  return {
    ...trouble,
    exe: '',
    script: '',
    user: '',
    from: '',
    times: 1,
    package: '',
    packageState: '',
    exePlace: '',
    count: 0,
    pid: 0,
    comm: '',
    cmdline: '',
    uid: -1,
    parents: [],
    unitNow: '',
    session: '',
    startedMs: 0,
    lastMs: host.clock.nowMs(),
    exeNow: '',
    exeState: 'unknown',
    asStarted: false,
  };
}

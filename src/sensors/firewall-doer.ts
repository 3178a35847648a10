/** Who changed the packet filter last: the kernel says so with each change of nf_tables, not with those of old iptables. */

import { belongingOf } from '#formats/cgroup.ts';
import type { Who } from '#model/finding.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import { namesOf } from './process-origin.ts';

/** A look follows the change within a second, on a busy host some later. */
const JUST_NOW_MS = 10_000;
const PARENTS = 8;
const UNKNOWN = {
  exe: '',
  cmdline: '',
  user: '',
  uid: 0,
  parents: [],
  unit: '',
  package: '',
  session: '',
  startedMs: 0,
};

interface Change {
  readonly pid: number;
  readonly comm: string;
}
interface Done {
  readonly change: Change;
  readonly atMs: number;
  process: ProcessFacts | undefined;
}

const last = new WeakMap<Host, Done>();

/** To be called at once: a command like nft is gone in a moment. */
export function noteDoer(host: Host, change: Change | undefined): void {
  if (change === undefined || change.comm === '') last.delete(host);
  else last.set(host, { change, atMs: host.clock.monotonicMs(), process: processOf(host, change) });
}

/** Undefined when it was not just now, or nobody could be told. */
export function lastDoer(host: Host): Who | undefined {
  const done = last.get(host);
  if (done === undefined || host.clock.monotonicMs() - done.atMs >= JUST_NOW_MS) return undefined;
  // What the kernel told of its start may have been read since.
  done.process ??= processOf(host, done.change);
  return whoOf(host, done.change, done.process);
}

/** A pid that is another process by now is not believed. */
function processOf({ processes }: Host, { pid, comm }: Change): ProcessFacts | undefined {
  const facts = pid === 0 ? undefined : processes.get(pid);
  return facts?.comm === comm ? facts : undefined;
}

function whoOf(host: Host, { pid, comm }: Change, process: ProcessFacts | undefined): Who {
  if (process === undefined) return { ...UNKNOWN, pid, comm };
  const { exe, cmdline, user, uid, startedMs } = process;
  const { unit, session } = belongingOf(process.cgroup);
  return {
    pid,
    exe,
    comm,
    cmdline,
    user,
    uid,
    startedMs,
    parents: namesOf(host.processes.parents(pid, PARENTS)),
    unit,
    session,
    package: exe.startsWith('/') ? host.packages.ownerOf(exe) : '',
    ...(process.asStarted && { asStarted: true }),
  };
}

/**
 * Through which login a process came: the nearest of its parents that opens sessions, as the kernel's events told who
 * made whom. Neither a cleaned environment nor a double fork changes that, and no audit session is needed.
 */

import { isInterpreterName, scriptOf } from '#formats/script-of.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import type { Scan } from '../process-scan.ts';

/** The process that let somebody in, or began a job, and what it is. */
export interface Login {
  readonly pid: number;
  readonly startTicks: number;
  readonly name: string;
  /** login: a person. job: cron and at. service: started the system's own way, by an init script of a package. */
  readonly kind: 'login' | 'job' | 'service';
}

/** Below this many parents nobody types. */
const DEPTH = 24;
/** What events say of a start and what /proc says differ by what is rounded. */
const SAME_START_TICKS = 2;
const OPENER =
  /^\/(?:usr\/)?(?:local\/)?(?:s?bin|lib|lib64|libexec)\/(?:[^/]+\/)*(?:sshd|sshd-session|login|dropbear|in\.telnetd|mosh-server|gdm[^/]*|lightdm|sddm[^/]*|lxdm|xdm|agetty|systemd|cron|crond|atd)$/;
const JOBS = /\/(?:cron|crond|atd)$/;
const INIT_SCRIPT = /^\/etc\/init\.d\/[^/]+$/;

/** Is it a program that opens sessions, by where it lies? */
export function isOpener({ exe }: Pick<ProcessFacts, 'exe'>): boolean {
  return OPENER.test(exe);
}

/** Undefined where none of its parents opens sessions, or they ended more than half a minute ago. */
export function loginOf(host: Host, process: ProcessFacts): Login | undefined {
  const between: ProcessFacts[] = [];
  for (const parent of host.processes.parents(process.pid, DEPTH)) {
    if (isOpener(parent)) return asLogin(parent, isService(host, between));
    between.push(parent);
  }
  return undefined;
}

function asLogin({ pid, startTicks, exe }: ProcessFacts, service: boolean): Login {
  const name = exe.slice(exe.lastIndexOf('/') + 1);
  return { pid, startTicks, name, kind: service ? 'service' : JOBS.test(exe) ? 'job' : 'login' };
}

/** "service nginx restart": what it starts is the service, whoever asked for it. */
function isService(host: Host, parents: readonly ProcessFacts[]): boolean {
  return parents.some(({ exe, cmdline }) => {
    const script = isInterpreterName(exe) ? scriptOf(exe, cmdline) : exe;
    return INIT_SCRIPT.test(script) && host.packages.ownerOf(script) !== '';
  });
}

/** Has the process that opened it ended? */
export function isOver({ pid, startTicks }: Login, scan: Scan): boolean {
  const opener = scan.processes.get(pid);
  return opener === undefined || opener.ending || Math.abs(opener.startTicks - startTicks) > SAME_START_TICKS;
}

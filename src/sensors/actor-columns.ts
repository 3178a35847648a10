/** Columns that say which process did it, for tables whose rows are no processes: the rule makes its "who" of them. */

import { belongingOf } from '#formats/cgroup.ts';
import type { Host, ProcessFacts } from '#model/host.ts';
import { namesOf } from './process-origin.ts';

/** To be spread into the columns of a table; details, so that another process is no news by itself. */
export const actorColumns = {
  pid: ['int', 'Process that did it or holds it, 0 where it is not known; the next six are about it'],
  comm: ['text', 'Its name for itself'],
  cmdline: ['text', 'How it was started'],
  parents: ['list', 'Its parents, nearest first, as "name (pid)"'],
  unit: ['text', 'Its unit, or ""'],
  session: ['text', 'Its login session, or ""'],
  startedMs: ['time', 'When it was started'],
} as const;

/** Values of those columns. */
export interface ActorCells {
  readonly pid: number;
  readonly comm: string;
  readonly cmdline: string;
  readonly parents: readonly string[];
  readonly unit: string;
  readonly session: string;
  readonly startedMs: number;
}

const PARENTS = 8;

/** Where no process is known. */
export const nobody: ActorCells = { pid: 0, comm: '', cmdline: '', parents: [], unit: '', session: '', startedMs: 0 };

/** The cells for a process, as it is now. */
export function actorOf(host: Pick<Host, 'processes'>, process: ProcessFacts | undefined): ActorCells {
  if (process === undefined) return nobody;
  const { pid, comm, cmdline, startedMs } = process;
  const { unit, session } = belongingOf(process.cgroup);
  return { pid, comm, cmdline, parents: namesOf(host.processes.parents(pid, PARENTS)), unit, session, startedMs };
}

/** The declaration of the table `odd-processes`; see docs/sensors/odd-processes.md. */

import { defineTable } from '#model/table.ts';

/** What may be odd about a process. The words are a contract: rules and acceptances name them. */
export const signNames = [
  'deleted',
  'replaced',
  'memory',
  'kernel name',
  'other name',
  'loader variable',
  'traced',
  'wrote memory',
  'executable memory',
  'socket as input',
  'outlived session',
  'became root',
] as const;
export type SignName = (typeof signNames)[number];

/** One row a sign and program that shows it; it goes with the last process that does. */
export const oddProcesses = defineTable({
  name: 'odd-processes',
  doc: 'Processes that show a sign of trouble: no file, a false name, foreign code, a tracer, a socket for a terminal.',
  slot: [],
  fleeting: true,
  columns: {
    sign: [
      'text',
      'deleted, replaced, memory, kernel name, other name, loader variable, traced, wrote memory, executable memory, socket as input, outlived session or became root',
      'identity',
    ],
    exe: ['text', 'Executable; random parts are "*"', 'identity'],
    script: ['text', 'What an interpreter runs', 'identity'],
    user: ['text', 'User whose rights it has', 'identity'],
    from: ['text', 'Unit or scope of systemd; without one the service that it descends from', 'identity'],
    value: ['text', 'What the sign is about: a false name, a variable, the program that traces', 'identity'],
    altered: ['bool', 'The file that now stands at its path is not as its package shipped it', 'compared'],
    detail: ['text', 'More about the value: whose library, which address, how much memory'],
    package: ['text', 'Package that ships the executable, or ""'],
    packageState: ['text', 'packaged, unpackaged, altered or unknown'],
    exePlace: ['text', 'Directory on the way to it that everyone may write, or ""'],
    count: ['int', 'Processes that show it'],
    holders: ['list', 'Those processes, oldest first; at most 16'],
    pid: ['int', 'The oldest of them'],
    comm: ['text', 'Name that it gives itself'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    uid: ['int', 'Number of the user'],
    parents: ['list', 'Parent processes, nearest first'],
    unitNow: ['text', 'Unit as it is called now'],
    session: ['text', 'Login session'],
    container: ['text', 'Engine of the container that it is in'],
    byPid: [
      'int',
      'Process that traces it or wrote to its memory, 0 for other signs; the next eight are about that one',
    ],
    byExe: ['text', 'Its executable'],
    byPackage: ['text', 'Package that ships it, or ""'],
    byComm: ['text', 'Name that it gives itself'],
    byCmdline: ['text', 'Its command line, cut at 1,024 characters'],
    byUser: ['text', 'User whose rights it has'],
    byUid: ['int', 'Number of that user'],
    byParents: ['list', 'Its parents, nearest first'],
    byStartedMs: ['time', 'Its start'],
    startedMs: ['time', 'Start of the oldest process'],
    exeNow: ['text', 'Executable as it is called now'],
    exeState: ['text', 'present, deleted, replaced, memory or unknown'],
    asStarted: ['bool', 'Known only by what was passed to exec'],
  },
});

/** A row of `odd-processes`, as the declaration above gives it. */
export type OddRow = NonNullable<(typeof oddProcesses)['row']>;

/** What a row says of the process that traces or wrote, where the sign is about none. */
export const nobodyElse: Pick<
  OddRow,
  'byPid' | 'byExe' | 'byPackage' | 'byComm' | 'byCmdline' | 'byUser' | 'byUid' | 'byParents' | 'byStartedMs'
> = {
  byPid: 0,
  byExe: '',
  byPackage: '',
  byComm: '',
  byCmdline: '',
  byUser: '',
  byUid: 0,
  byParents: [],
  byStartedMs: 0,
};

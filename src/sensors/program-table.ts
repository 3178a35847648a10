/** The declaration of the table `programs`; see docs/sensors/programs.md. */

import { defineTable } from '#model/table.ts';

/** One row a program that runs, or ran during the last day: never a process. */
export const programs = defineTable({
  name: 'programs',
  doc: 'Programs that run here, or ran during the last 25 hours: which file, which script, as whom, started by what.',
  slot: [],
  fleeting: true,
  columns: {
    exe: ['text', 'Executable; random parts are "*"', 'identity'],
    script: ['text', 'What an interpreter runs: path, "-m module", "-c" for code on the command line', 'identity'],
    user: ['text', 'User whose rights it has', 'identity'],
    from: ['text', 'Unit or scope of systemd; without one the service that it descends from', 'identity'],
    package: ['text', 'Package that ships the executable or the script, or ""'],
    packageState: ['text', 'packaged, unpackaged, altered (differs from what the package shipped) or unknown'],
    altered: ['bool', 'The executable is not the file that its package shipped', 'compared'],
    exePlace: ['text', 'Directory on the way to it that everyone may write, or ""'],
    count: ['int', 'Processes that run it now'],
    pid: ['int', 'The oldest of them; the last one where none runs now'],
    comm: ['text', 'Name that it gives itself'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    uid: ['int', 'Number of the user'],
    parents: ['list', 'Parent processes, nearest first'],
    service: ['text', 'The service among them that answers the network, or ""'],
    unitNow: ['text', 'Unit as it is called now'],
    session: ['text', 'Login session'],
    container: ['text', 'Engine of the container that it is in'],
    startedMs: ['time', 'Start of the oldest process'],
    lastMs: ['time', 'When it was last seen running'],
    exeNow: ['text', 'Executable as it is called now'],
    exeState: ['text', 'present, deleted, replaced, memory or unknown'],
    asStarted: ['bool', 'Known only by what was passed to exec: it was gone before it could be asked'],
  },
});

/** A row of `programs`, as the declaration above gives it. */
export type ProgramRow = NonNullable<(typeof programs)['row']>;

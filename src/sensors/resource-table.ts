/** The declaration of the table `resource-troubles`; see docs/sensors/resource-troubles.md. */

import { defineTable } from '#model/table.ts';

/** One row a trouble and program; empty when all goes well. */
export const resourceTroubles = defineTable({
  name: 'resource-troubles',
  doc: 'Programs that crash, are ended because memory is out, or use a processor for hours; and what this host is short of.',
  slot: [],
  fleeting: true,
  columns: {
    kind: [
      'text',
      'out of memory, crash, busy, files (nearly as many open as it may), or short of something',
      'identity',
    ],
    what: ['text', 'memory, processor, disk, files, processes; the signal of a crash', 'identity'],
    exe: ['text', 'Executable; random parts are "*"; "" for the whole host', 'identity'],
    script: ['text', 'What an interpreter runs', 'identity'],
    user: ['text', 'User whose rights it has', 'identity'],
    from: ['text', 'Unit or scope of systemd; without one the service that it descends from', 'identity'],
    grave: ['bool', 'A crash that came again, a shortage that stops work', 'compared'],
    detail: ['text', 'In numbers'],
    times: ['int', 'How often since it began'],
    package: ['text', 'Package that ships the executable, or ""'],
    packageState: ['text', 'packaged, unpackaged, altered or unknown'],
    exePlace: ['text', 'Directory on the way to it that everyone may write, or ""'],
    count: ['int', 'Processes that run it now; 0 for the whole host'],
    pid: ['int', 'The last process that it happened to'],
    comm: ['text', 'Name that it gives itself'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    uid: ['int', 'Number of the user'],
    parents: ['list', 'Parent processes, nearest first'],
    unitNow: ['text', 'Unit as it is called now'],
    session: ['text', 'Login session'],
    startedMs: ['time', 'Start of the process'],
    lastMs: ['time', 'When it happened last'],
    exeNow: ['text', 'Executable as it is called now'],
    exeState: ['text', 'present, deleted, replaced, memory or unknown'],
    asStarted: ['bool', 'Known only by what was passed to exec'],
  },
});

/** A row of `resource-troubles`. */
export type ResourceRow = NonNullable<(typeof resourceTroubles)['row']>;

/** It lies where everyone may write or nowhere at all, or a service's user runs what no package ships. */
export function isSuspect(row: ResourceRow): boolean {
  if (row.exePlace !== '' || row.exeState === 'memory' || row.exeState === 'deleted') return true;
  return row.packageState === 'unpackaged' && row.uid > 0 && row.uid < 1000;
}

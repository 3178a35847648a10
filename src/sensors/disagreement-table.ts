/** The declaration of the table `disagreements`; see docs/sensors/disagreements.md. */

import { defineTable } from '#model/table.ts';

/** One row a thing that one view of this host shows and the other does not; empty on an honest host. */
export const disagreements = defineTable({
  name: 'disagreements',
  doc: 'What kernel or file events told and looks do not show, or the other way round.',
  slot: [],
  fleeting: true,
  columns: {
    thing: ['text', 'listener or file', 'identity'],
    shownBy: ['text', 'The view that has it: events or look', 'identity'],
    name: ['text', '"tcp 0.0.0.0:4444", or the path', 'identity'],
    namespace: ['text', 'Listener: its network namespace; "" for a file', 'identity'],
    exe: ['text', 'Listener: executable of its process; random parts are "*"', 'identity'],
    sinceMs: ['time', 'When the event told it, or when the look first showed it'],
    proof: ['text', 'What speaks for the view that has it'],
    port: ['int', 'Listener: its port; else 0'],
    pid: ['int', 'Listener: its process; else 0'],
    comm: ['text', 'Name of that process'],
    user: ['text', 'User of that process'],
    uid: ['int', 'Its number; -1 unknown'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    unit: ['text', 'Unit or scope of systemd'],
    package: ['text', 'Package that ships the executable, or ""'],
    parents: ['list', 'Its parent processes, nearest first'],
    exeNow: ['text', 'Executable as it is called now'],
    startedMs: ['time', 'Start of the process; 0 unknown'],
  },
});

/** A row of `disagreements`, as the declaration above gives it. */
export type DisagreementRow = NonNullable<(typeof disagreements)['row']>;

/** The cells about a process where there is none: of a file. */
export const noProcess = {
  port: 0,
  pid: 0,
  comm: '',
  user: '',
  uid: -1,
  cmdline: '',
  unit: '',
  package: '',
  parents: [],
  exeNow: '',
  startedMs: 0,
} satisfies Partial<DisagreementRow>;

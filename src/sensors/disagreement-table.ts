/** The declaration of the table `disagreements`; see docs/sensors/disagreements.md. */

import { defineTable } from '#model/table.ts';

/** One row a thing that one view of this host shows and the other does not; empty on an honest host. */
export const disagreements = defineTable({
  name: 'disagreements',
  doc: 'What one view of this host shows and another does not: events, looks, and two listings of sockets.',
  slot: [],
  fleeting: true,
  columns: {
    thing: ['text', 'listener, socket or file', 'identity'],
    shownBy: ['text', 'The view that has it: events, look, sock_diag or /proc/net', 'identity'],
    name: ['text', '"tcp 0.0.0.0:4444", "unix /run/x.sock", or the path', 'identity'],
    namespace: ['text', 'Listener or socket: its network namespace; "" for a file', 'identity'],
    exe: ['text', 'Listener or socket: executable of its process; random parts are "*"', 'identity'],
    sinceMs: ['time', 'When the event told it, or when it was first seen to differ'],
    proof: ['text', 'What speaks for the view that has it'],
    port: ['int', 'Its port; 0 for what has none'],
    pid: ['int', 'Its process; 0 where there is none, or it is hidden'],
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

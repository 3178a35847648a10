/** The declaration of the table `namespaces`; see docs/sensors/namespaces.md. */

import { defineTable } from '#model/table.ts';

/** One row a group of processes that share namespaces which are not the host's. */
export const namespaces = defineTable({
  name: 'namespaces',
  doc: 'Containers and other processes with namespaces of their own, and what of the host they can still reach.',
  slot: [],
  fleeting: true,
  columns: {
    kinds: ['text', 'Namespaces that are not the host’s: mnt, net, pid, user', 'identity'],
    exe: ['text', 'Executable of the oldest process in it; random parts are "*"', 'identity'],
    user: ['text', 'User whose rights that process has', 'identity'],
    from: ['text', 'Unit or scope of systemd; without one the service that it descends from', 'identity'],
    reach: [
      'list',
      'What of the host it can reach: capabilities, the root file system, the socket of an engine',
      'compared',
    ],
    container: ['text', 'Engine of the container: docker, podman, lxc, kubernetes …'],
    label: ['text', 'Name of its network namespace, or ""'],
    count: ['int', 'Processes in it'],
    pid: ['int', 'The oldest of them'],
    comm: ['text', 'Name that it gives itself'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    script: ['text', 'What an interpreter runs'],
    uid: ['int', 'Number of the user'],
    parents: ['list', 'Parent processes, nearest first'],
    package: ['text', 'Package that ships the executable; "" where the host’s packages do not say'],
    packageState: ['text', 'packaged, unpackaged, altered or unknown'],
    exePlace: ['text', 'Directory on the way to it that everyone may write, or ""'],
    unitNow: ['text', 'Unit as it is called now'],
    session: ['text', 'Login session'],
    startedMs: ['time', 'Start of the oldest process'],
    exeNow: ['text', 'Executable as it is called now'],
    exeState: ['text', 'present, deleted, replaced, memory or unknown'],
    asStarted: ['bool', 'Known only by what was passed to exec'],
  },
});

/** A row of `namespaces`. */
export type NamespaceRow = NonNullable<(typeof namespaces)['row']>;

/** The declaration of the table `sockets`; docs/formats/identity.md says why a row is known by these columns. */

import { defineTable } from '#model/table.ts';

/** One row an identity that can receive. */
export const sockets = defineTable({
  name: 'sockets',
  doc: 'Sockets that can receive: listeners, bound datagram sockets, raw and packet sockets, named Unix sockets.',
  slot: ['namespace', 'family', 'protocol', 'port', 'path'],
  columns: {
    protocol: ['text', 'tcp, udp, udplite, raw, stream, dgram, seqpacket, packet or netlink', 'identity'],
    family: ['text', 'inet, inet6, unix, packet or netlink', 'identity'],
    state: ['text', 'LISTEN or UNCONN, as ss prints it'],
    address: ['text', 'Address it is bound to; 0.0.0.0 and :: are every address', 'identity'],
    port: ['int', 'Port; 0 where the family has none, and for the resolver of a container engine', 'identity'],
    path: ['text', 'Unix path or "@name"; IP protocol, ethertype or netlink protocol by name', 'identity'],
    comm: ['text', 'Name of the process that holds it'],
    pid: ['int', 'The oldest process that holds it; 0 when none was found'],
    user: ['text', 'TCP and UDP: user that made the socket; else user of the process', 'identity'],
    exe: ['text', 'Executable of that process; random parts are "*"', 'identity'],
    unit: ['text', 'Unit or scope of systemd; random parts are "*"', 'identity'],
    namespace: ['text', '"host", or name of the container or network namespace', 'identity'],
    exposure: ['text', 'open, filtered, local or cannot tell; "" where nothing comes from the network'],
    exposureWhy: ['text', 'Rule of the packet filter that decides, or what could not be read'],
    package: ['text', 'Package that ships the executable, or ""'],
    packageState: ['text', 'packaged, unpackaged, altered (differs from what the package shipped) or unknown'],
    altered: ['bool', 'The executable is not the file that its package shipped', 'compared'],
    exeState: ['text', 'present, deleted, replaced, memory or unknown', 'compared'],
    exePlace: ['text', 'Directory on the way to the executable that everyone may write, or ""'],
    mode: ['text', 'Permissions of a Unix path in octal, e.g. 0666', 'compared'],
    owner: ['text', 'Owner of a Unix path', 'compared'],
    filter: ['text', 'Packet socket: "yes" with a BPF filter, "no" without; "" when not told', 'compared'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    runsAs: ['text', 'User of the process now'],
    uid: ['int', 'Its number'],
    parents: ['list', 'Parent processes, nearest first'],
    session: ['text', 'Login session'],
    startedMs: ['time', 'Start of the process'],
    count: ['int', 'Sockets of this identity'],
    holders: ['list', 'Processes that hold it, oldest first; at most 16'],
    interface: ['text', 'Interface it is bound to, "" for all'],
    receiveQueueBytes: ['int', 'Waiting to be read; of a TCP listener: connections not yet accepted'],
    sendQueueBytes: ['int', 'Waiting to be sent; of a TCP listener: the longest queue it asked for'],
    inode: ['int', 'Inode number of the socket'],
    container: ['text', 'Engine of the container it is in: docker, podman, lxc, kubernetes …'],
    exeNow: ['text', 'Executable as it is called now'],
    unitNow: ['text', 'Unit as it is called now'],
    pathNow: ['text', 'Unix path as it is called now; "port N" where the port is no part of the identity'],
    asStarted: [
      'bool',
      'The executable is only what was passed to exec; the process was gone before it could be asked',
    ],
    ephemeral: [
      'bool',
      'Unconnected UDP socket on a port that the kernel chose for a client, or of who answers for DNS and so asks',
    ],
    early: ['bool', 'It stood before this watch first looked'],
  },
});

/** A row of `sockets`, as the declaration above gives it. */
export type SocketRow = NonNullable<(typeof sockets)['row']>;

/** The declaration of the table `ebpf`. */

import { defineTable } from '#model/table.ts';
import { actorColumns } from './actor-columns.ts';

/** One row a program (several of one name, type and code are one), or a pin. */
export const ebpf = defineTable({
  name: 'ebpf',
  doc: 'eBPF programs in the kernel, and what is pinned so that it stays without a process.',
  slot: ['kind', 'type', 'name'],
  columns: {
    kind: ['text', 'program, or pin (a file below /sys/fs/bpf)', 'identity'],
    type: ['text', 'kprobe, tracing, lsm, xdp, cgroup_device …', 'identity'],
    name: ['text', 'Name that its loader gave it, at most 15 characters; path of a pin', 'identity'],
    tag: ['text', 'Digest of its instructions', 'identity'],
    owner: ['text', 'Executable of the process that holds it; "" where only the kernel or a pin does', 'identity'],
    maker: ['text', 'systemd or telltale where it is theirs, else ""'],
    package: ['text', 'Package that ships the owner, or ""'],
    ownerState: ['text', 'packaged, unpackaged, altered, missing, unknown; "" without an owner'],
    links: ['list', 'What it hangs on: kprobe, cgroup, tracing …'],
    holders: ['list', 'Processes that hold it, as "name (pid)"; at most 16'],
    user: ['text', 'User who loaded it'],
    uid: ['int', 'Number of that user'],
    ...actorColumns,
    loadedMs: ['time', 'When the oldest of them was loaded'],
    count: ['int', 'How many there are'],
  },
});

/** A row of `ebpf`. */
export type EbpfRow = NonNullable<(typeof ebpf)['row']>;

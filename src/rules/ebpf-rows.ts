/** Rows for the samples of the rules on `ebpf`. */

import type { EbpfRow } from '#sensors/ebpf-table.ts';

/** bpftrace, run by an administrator. */
export const bpftrace: EbpfRow = {
  kind: 'program',
  type: 'kprobe',
  name: 'do_unlinkat',
  tag: 'a1b2c3d4e5f6a7b8',
  owner: '/usr/bin/bpftrace',
  maker: '',
  package: 'bpftrace',
  ownerState: 'packaged',
  links: ['perf event'],
  holders: ['bpftrace (4711)'],
  user: 'root',
  uid: 0,
  pid: 4711,
  comm: 'bpftrace',
  cmdline: 'bpftrace -e …',
  parents: ['bash (4700)'],
  unit: '',
  session: '7',
  startedMs: 1_763_694_000_000,
  loadedMs: 1_763_694_000_000,
  count: 1,
};

/** Nobody holds it, nobody knows it. */
export const orphan: EbpfRow = {
  ...bpftrace,
  type: 'tracing',
  name: 'hide',
  owner: '',
  package: '',
  ownerState: '',
  holders: [],
  pid: 0,
  comm: '',
  cmdline: '',
  parents: [],
  session: '',
};
export const unitDevices: EbpfRow = {
  ...orphan,
  type: 'cgroup_device',
  name: 'sd_devices',
  maker: 'systemd',
  links: ['cgroup'],
};
export const pin: EbpfRow = { ...orphan, kind: 'pin', type: 'pin', name: '/sys/fs/bpf/door', tag: '', links: [] };

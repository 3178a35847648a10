/** Rows for the samples of the rules on `ebpf`. */

import type { EbpfRow } from '#sensors/ebpf-table.ts';

/** bpftrace, run by an administrator. */
export const bpftrace: EbpfRow = {
  kind: 'program',
  type: 'kprobe',
  name: 'do_unlinkat',
  tag: '00112233aabbccdd',
  owner: '/usr/bin/bpftrace',
  maker: '',
  package: 'bpftrace',
  ownerState: 'packaged',
  links: ['perf event'],
  holders: ['bpftrace (4711)'],
  user: 'root',
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
};
export const unitDevices: EbpfRow = {
  ...orphan,
  type: 'cgroup_device',
  name: 'sd_devices',
  maker: 'systemd',
  links: ['cgroup'],
};
export const pin: EbpfRow = { ...orphan, kind: 'pin', type: 'pin', name: '/sys/fs/bpf/door', tag: '', links: [] };

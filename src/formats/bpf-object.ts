/** What the kernel tells of an eBPF program or link: struct bpf_prog_info, struct bpf_link_info (linux/bpf.h). */

/** Names of enum bpf_prog_type, by number. */
export const bpfProgramTypes: readonly string[] = [
  'unspecified',
  'socket_filter',
  'kprobe',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'cgroup_sock',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sock_ops',
  'sk_skb',
  'cgroup_device',
  'sk_msg',
  'raw_tracepoint',
  'cgroup_sock_addr',
  'lwt_seg6local',
  'lirc_mode2',
  'sk_reuseport',
  'flow_dissector',
  'cgroup_sysctl',
  'raw_tracepoint_writable',
  'cgroup_sockopt',
  'tracing',
  'struct_ops',
  'extension',
  'lsm',
  'sk_lookup',
  'syscall',
  'netfilter',
];

/** Names of enum bpf_link_type, by number. */
export const bpfLinkTypes: readonly string[] = [
  'unspecified',
  'raw_tracepoint',
  'tracing',
  'cgroup',
  'iterator',
  'network namespace',
  'xdp',
  'perf event',
  'many kprobes',
  'struct_ops',
  'netfilter',
  'traffic control',
  'many uprobes',
  'netkit',
  'socket map',
];

/** `loadedNs` counts from the boot, suspend included. */
export interface BpfProgramInfo {
  readonly type: number;
  readonly tag: string;
  readonly loadedNs: number;
  readonly uid: number;
  readonly name: string;
}

/** Undefined when the kernel told less than we need (its name came with Linux 4.15). */
export function parseBpfProgram(info: Buffer): BpfProgramInfo | undefined {
  if (info.length < 80) return undefined;
  const name = info.toString('latin1', 64, 80);
  const end = name.indexOf('\0');
  return {
    type: info.readUInt32LE(0),
    tag: info.toString('hex', 8, 16),
    loadedNs: Number(info.readBigUInt64LE(40)),
    uid: info.readUInt32LE(48),
    name: end < 0 ? name : name.slice(0, end),
  };
}

/** Kind of a link and the program that it holds; undefined when cut short. */
export function parseBpfLink(info: Buffer): { readonly type: number; readonly program: number } | undefined {
  return info.length < 12 ? undefined : { type: info.readUInt32LE(0), program: info.readUInt32LE(8) };
}

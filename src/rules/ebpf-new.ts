/** An eBPF program was loaded into the kernel. See docs/rules/ebpf-new.md. */

import { shorten, visible } from '#lib/escape.ts';
import { joinWords } from '#lib/plural.ts';
import type { Who } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type EbpfRow, ebpf } from '#sensors/ebpf-table.ts';
import { bpftrace, orphan, unitDevices } from './ebpf-rows.ts';

/** These see or change what the kernel does for everybody; the others act on sockets or one group of processes. */
const HOOKS = new Set([
  'kprobe',
  'tracepoint',
  'raw_tracepoint',
  'raw_tracepoint_writable',
  'perf_event',
  'tracing',
  'lsm',
  'xdp',
  'sched_cls',
  'sched_act',
  'extension',
  'struct_ops',
  'netfilter',
  'syscall',
]);

export default defineRule<EbpfRow>({
  id: 'ebpf-new',
  doc: 'An eBPF program was loaded that is not in the baseline.',
  on: 'ebpf',
  table: ebpf,
  attack: ['T1014', 'T1205.002'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    if (row.kind !== 'program' || row.maker !== '') return undefined;
    const { severity, why } = weigh(row);
    const name = row.name === '' ? 'without a name' : `"${visible(row.name)}"`;
    return {
      subject: `${row.type} ${row.name} ${row.tag} ${row.owner}`,
      severity,
      title: `${byWhom(row)} loaded an eBPF program ${name} (${visible(row.type)}) into the kernel`,
      why,
      next: 'bpftool prog list; bpftool link list; telltale show ebpf',
      facts: {
        name: row.name,
        type: row.type,
        tag: row.tag,
        owner: row.owner,
        package: row.package,
        holders: row.holders,
        links: row.links,
        user: row.user,
        count: row.count,
      },
      ...(row.pid > 0 && { who: whoHolds(row) }),
    };
  },
  samples: [
    { name: 'nobody holds it', judgement: { change: { type: 'added', after: orphan } }, expect: 'high' },
    {
      name: 'a hook of a program from no package',
      judgement: {
        change: { type: 'added', after: { ...bpftrace, owner: '/opt/x/agent', package: '', ownerState: 'unpackaged' } },
      },
      expect: 'high',
    },
    { name: 'a tool of a package', judgement: { change: { type: 'added', after: bpftrace } }, expect: 'medium' },
    {
      name: 'devices of a container',
      judgement: { change: { type: 'added', after: { ...unitDevices, name: '', maker: '' } } },
      expect: 'info',
    },
    {
      name: 'a filter for a group of processes',
      judgement: { change: { type: 'added', after: { ...orphan, type: 'cgroup_skb' } } },
      expect: 'low',
    },
    { name: "systemd's own", judgement: { change: { type: 'added', after: unitDevices } }, expect: undefined },
    { name: 'known', judgement: { change: { type: 'added', after: orphan }, known: true }, expect: undefined },
  ],
});

function whoHolds(row: EbpfRow): Who {
  const { pid, comm, cmdline, user, uid, parents, unit, session, startedMs } = row;
  return { pid, exe: row.owner, comm, cmdline, user, uid, parents, unit, session, startedMs, package: row.package };
}

function byWhom({ owner, holders }: EbpfRow): string {
  if (owner !== '') return shorten(visible(owner), 120);
  return holders.length > 0 ? joinWords(holders.map(visible)) : 'A process that is gone';
}

function weigh(row: EbpfRow): { readonly severity: 'info' | 'low' | 'medium' | 'high'; readonly why: string } {
  const vouched = row.ownerState === 'packaged';
  if (HOOKS.has(row.type))
    return {
      severity: vouched ? 'medium' : 'high',
      why: `A program of this type sees or changes what the kernel does for everybody: it can hide files and processes, read passwords as they are typed, or wait for a secret packet. ${vouched ? `Package ${visible(row.package)} ships who loaded it; tools for tracing do this.` : 'No package vouches for who loaded it.'}`,
    };
  if (row.type === 'cgroup_device')
    return {
      severity: 'info',
      why: 'It decides which devices a group of processes may use; container engines load one for each container.',
    };
  return {
    severity: vouched ? 'info' : 'low',
    why: 'A program of this type acts on sockets or on one group of processes. Network plugins and container engines load such; one that redirects connections can listen in.',
  };
}

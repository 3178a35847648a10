/** An eBPF object was pinned, so that it stays without a process. See docs/rules/ebpf-pinned.md. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type EbpfRow, ebpf } from '#sensors/ebpf-table.ts';
import { orphan, pin } from './ebpf-rows.ts';

/** Folders of well-known network tools. */
const KNOWN = /^\/sys\/fs\/bpf\/(?:tc|ip|xdp|cilium|calico|snap|systemd)\//;

export default defineRule<EbpfRow>({
  id: 'ebpf-pinned',
  doc: 'An eBPF program, link or map was pinned below /sys/fs/bpf.',
  on: 'ebpf',
  table: ebpf,
  attack: ['T1014', 'T1547'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.kind !== 'pin') return undefined;
    const row = change.after;
    const path = shorten(visible(row.name), 120);
    return {
      subject: row.name,
      severity: KNOWN.test(row.name) ? 'low' : 'medium',
      title: `${visible(row.user)} pinned an eBPF object at ${path}`,
      why: 'What is pinned stays in the kernel until the next boot, though the process that loaded it has gone: nothing in the list of processes leads to it.',
      next: `ls -l -- ${shellQuote(row.name)}; bpftool prog show pinned ${shellQuote(row.name)}`,
      facts: { path: row.name, user: row.user },
    };
  },
  samples: [
    { name: 'a pin of nobody known', judgement: { change: { type: 'added', after: pin } }, expect: 'medium' },
    {
      name: 'a pin of a network plugin',
      judgement: { change: { type: 'added', after: { ...pin, name: '/sys/fs/bpf/cilium/devices/x' } } },
      expect: 'low',
    },
    { name: 'a program', judgement: { change: { type: 'added', after: orphan } }, expect: undefined },
    { name: 'known', judgement: { change: { type: 'added', after: pin }, known: true }, expect: undefined },
  ],
});

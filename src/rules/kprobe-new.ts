/** Something hangs on a function of the kernel, or of a program, that did not before. See docs/rules/kprobe-new.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type KernelHookRow, kernelHooks } from '#sensors/kernel-hook-table.ts';

const probe: KernelHookRow = { kind: 'probe', target: 'do_sys_openat2', name: 'kprobes/open', words: '', count: 1 };

/** Functions that decide which files, processes, connections and modules are shown, and what is typed. */
const SENSITIVE =
  /getdents|filldir|iterate_dir|iterate_shared|seq_show|proc_|sys_kill|kill_|vfs_read|vfs_write|tty_|n_tty|kbd|input_event|packet_rcv|tpacket|recvmsg|sys_bpf|security_|commit_creds|init_module|finit_module|load_module|sys_ptrace|audit_|log_write|devkmsg|libpam|libcrypt|libssl|libcrypto|sshd|sudo|\/su:/;

export default defineRule<KernelHookRow>({
  id: 'kprobe-new',
  doc: 'A probe, a traced function, a live patch or a tracer is there that is not in the baseline.',
  on: 'kernel-hooks',
  table: kernelHooks,
  attack: ['T1014', 'T1056'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    const target = shorten(visible(row.target), 120);
    const sensitive = SENSITIVE.test(row.target);
    const passive = row.kind === 'instance' || row.kind === 'tracer';
    return {
      subject: `${row.kind} ${row.target} ${row.name}`,
      severity: passive ? 'low' : sensitive || row.kind === 'live patch' ? 'high' : 'medium',
      title: titleOf(row.kind, target),
      why: passive
        ? 'Somebody traces the kernel. That is how faults are looked for, and how others are listened to.'
        : sensitive
          ? 'This is a place where rootkits hide files, processes and connections, or where passwords are read as they are typed.'
          : 'What hangs there is called each time and may change the answer. Tools for tracing put probes and take them away again; who did?',
      next: 'cat /sys/kernel/tracing/enabled_functions /sys/kernel/tracing/dynamic_events; cat /sys/kernel/debug/kprobes/list; telltale show ebpf',
      facts: { kind: row.kind, target: row.target, name: row.name, words: row.words },
    };
  },
  samples: [
    { name: 'a probe', judgement: { change: { type: 'added', after: probe } }, expect: 'medium' },
    {
      name: 'where folders are listed',
      judgement: { change: { type: 'added', after: { ...probe, kind: 'traced function', target: 'filldir64' } } },
      expect: 'high',
    },
    {
      name: 'where passwords are read',
      judgement: { change: { type: 'added', after: { ...probe, kind: 'user probe', target: '/lib/libpam.so.0:0x1' } } },
      expect: 'high',
    },
    {
      name: 'a live patch',
      judgement: { change: { type: 'added', after: { ...probe, kind: 'live patch', target: 'fix' } } },
      expect: 'high',
    },
    {
      name: 'an instance of tracing',
      judgement: { change: { type: 'added', after: { ...probe, kind: 'instance', target: 'foo' } } },
      expect: 'low',
    },
    { name: 'known', judgement: { change: { type: 'added', after: probe }, known: true }, expect: undefined },
  ],
});

function titleOf(kind: string, target: string): string {
  if (kind === 'live patch') return `The running kernel was patched: ${target}`;
  if (kind === 'tracer') return `The tracer "${target}" of the kernel was switched on`;
  if (kind === 'instance') return `Somebody set up tracing of the kernel: ${target}`;
  return `A ${kind === 'traced function' ? 'hook' : kind} was put on ${target}`;
}

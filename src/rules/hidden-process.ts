/** A process runs that is in no listing. See docs/rules/hidden-process.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type HiddenRow, hiddenProcesses } from '#sensors/hidden-processes.ts';

const hidden: HiddenRow = {
  seenBy: 'number',
  comm: 'x',
  exe: '/usr/bin/.x',
  user: 'root',
  pid: 4711,
  count: 1,
  cgroup: '0::/system.slice/ssh.service',
  cmdline: '/usr/bin/.x -d',
  uid: 0,
  startedMs: 1_763_000_000_000,
};

const KNOWN_BY: Readonly<Record<string, string>> = {
  number: 'The kernel answers to its number',
  cgroup: 'Its cgroup names it',
  events: 'The kernel told of its start and never of its end, and it is there when asked for by name',
};

export default defineRule<HiddenRow>({
  id: 'hidden-process',
  doc: 'A process runs, and the listing of /proc does not have it.',
  on: 'hidden-processes',
  table: hiddenProcesses,
  attack: ['T1014', 'T1564'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.count === 0) return undefined;
    const row = change.after;
    const name = shorten(visible(row.exe || row.comm || 'a process that tells nothing of itself'), 120);
    const by = KNOWN_BY[row.seenBy] ?? 'Something knows of it';
    return {
      severity: 'critical',
      dangerous: true,
      subject: [row.exe || row.comm, row.user, row.seenBy].join(' '),
      title: `A hidden process runs: ${name}`,
      why: `${by}, but "ls /proc", and with it ps and top, do not show it: twice, with time between. Only a rootkit does that, in the kernel or as a library in every program. Do not trust what this host says of itself from here on.`,
      next: `kill -0 ${row.pid} && ls -l /proc/${row.pid}/exe; cat /etc/ld.so.preload; telltale show modules`,
      facts: { seenBy: row.seenBy, comm: row.comm, exe: row.exe, cgroup: row.cgroup, count: row.count },
      who: {
        pid: row.pid,
        exe: row.exe,
        comm: row.comm,
        cmdline: row.cmdline,
        user: row.user,
        uid: row.uid,
        parents: [],
        unit: '',
        package: '',
        session: '',
        startedMs: row.startedMs,
      },
    };
  },
  samples: [
    {
      name: 'it answers and is not listed',
      judgement: { change: { type: 'added', after: hidden } },
      expect: 'critical',
    },
    {
      name: 'in the first look, and nothing can be told of it',
      judgement: {
        change: { type: 'added', after: { ...hidden, seenBy: 'cgroup', comm: '', exe: '', user: '', uid: -1 } },
        learning: true,
      },
      expect: 'critical',
    },
    { name: 'accepted', judgement: { change: { type: 'added', after: hidden }, known: true }, expect: undefined },
    { name: 'it ended', judgement: { change: { type: 'removed', before: hidden } }, expect: undefined },
  ],
});

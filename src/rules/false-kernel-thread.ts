/** A program calls itself like a thread of the kernel. See docs/rules/false-kernel-thread.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, pathOf, programName, startedBy } from './program-words.ts';
import { implant, service } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'false-kernel-thread',
  doc: 'A program calls itself like a thread of the kernel.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1036.004', 'T1036.009'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.sign !== 'kernel name') return undefined;
    const row = change.after;
    return {
      ...aboutSign(row),
      severity: 'critical',
      dangerous: true,
      title: `${programName(row)} calls itself "${shorten(visible(row.value), 60)}", like a thread of the kernel`,
      why: `Threads of the kernel have no executable file, this process has one: ${pathOf(row)}. The name is chosen so that nobody looks twice. ${startedBy(row)}`,
      next: `ls -l /proc/${row.pid}/exe; telltale processes pid ${row.pid} --tree; cp -- /proc/${row.pid}/exe ./evidence-${row.pid}`,
    };
  },
  samples: [
    {
      name: 'a miner as kworker',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'kernel name', value: '[kworker/*:*]' } } },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: {
        change: { type: 'added', after: { ...implant, sign: 'kernel name', value: '[kworker/*:*]' } },
        learning: true,
      },
      expect: 'critical',
    },
    {
      name: 'accepted before',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'kernel name', value: '[x]' } }, known: true },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

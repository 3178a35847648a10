/** A process has the rights of root, and nothing gave them to it. See docs/rules/became-root.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, programName, startedBy } from './program-words.ts';
import { service, shell } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'became-root',
  doc: 'A process has the rights of root, and nothing gave them to it.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1068', 'T1548'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.sign !== 'became root') return undefined;
    const row = change.after;
    return {
      ...aboutSign(row),
      severity: 'critical',
      dangerous: true,
      title: `${programName(row)} became root ${shorten(visible(row.value), 60)}`,
      why: `It has the rights of root, but no setuid program (sudo, su) started it, and the process it comes from could not give them (${shorten(visible(row.detail), 60)}). That is how an exploit of the kernel or of a privileged program looks. ${startedBy(row)}`,
      next: `telltale processes pid ${row.pid} --tree; cat /proc/${row.pid}/status; dmesg | tail`,
    };
  },
  samples: [
    {
      name: 'a root shell below a person',
      judgement: {
        change: { type: 'added', after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'below marta' } },
      },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: {
        change: { type: 'added', after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'below marta' } },
        learning: true,
      },
      expect: 'critical',
    },
    {
      name: 'accepted before',
      judgement: {
        change: { type: 'added', after: { ...shell, uid: 0, user: 'root', sign: 'became root', value: 'below marta' } },
        known: true,
      },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

/** A program uses the name of another one that belongs to the system. See docs/rules/program-disguised.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, pathOf, programName, runOf, startedBy, userOf } from './program-words.ts';
import { implant, service } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'program-disguised',
  doc: 'A program uses the name of another one that belongs to the system.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1036.005', 'T1036.011'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.sign !== 'other name') return undefined;
    const row = change.after;
    const name = shorten(visible(row.value), 40);
    return {
      ...aboutSign(row),
      // That it has no file is the graver half of what program-in-memory tells.
      ...(row.exeState === 'memory' && { folds: runOf(row.pid) }),
      severity: 'high',
      dangerous: true,
      title: isNamesake(row)
        ? `${pathOf(row)}, run by ${userOf(row)}, has the name of the system's ${name} and is not it`
        : `${programName(row)}, run by ${userOf(row)}, calls itself "${name}"`,
      why: `What "ps" shows as ${name} is ${pathOf(row)}. A name is free to choose; intruders choose one that belongs there. ${startedBy(row)}`,
    };
  },
  samples: [
    {
      name: 'something in /var/www as sshd',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'other name', value: 'sshd' } } },
      expect: 'high',
    },
    {
      name: 'in the first look',
      judgement: {
        change: { type: 'added', after: { ...implant, sign: 'other name', value: 'sshd' } },
        learning: true,
      },
      expect: 'high',
    },
    {
      name: 'accepted before',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'other name', value: 'sshd' } }, known: true },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

function isNamesake(row: OddRow): boolean {
  return row.exeNow.endsWith(`/${row.value}`);
}

/** A program runs from memory: no file on the disk holds it. See docs/rules/program-in-memory.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, startedBy, userOf } from './program-words.ts';
import { implant, service } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'program-in-memory',
  doc: 'A program runs from memory: no file on the disk holds it.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1620', 'T1027.011'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known || change.after.sign !== 'memory') return undefined;
    const row = change.after;
    const about = aboutSign(row);
    return {
      ...about,
      facts: { ...about.facts, file: row.exeNow },
      severity: row.uid === 0 || row.uid < 1000 ? 'critical' : 'high',
      dangerous: true,
      title: `${userOf(row)} runs a program from memory (${shorten(visible(row.value), 60)})`,
      why: `Nothing of it was written to the disk, so that no scanner finds it: intruders run their tools this way. Container engines do it as well, and are left out where their package is as shipped. ${startedBy(row)}`,
      next: `cp -- /proc/${row.pid}/exe ./evidence-${row.pid}; telltale processes pid ${row.pid} --tree`,
    };
  },
  samples: [
    {
      name: 'a memfd of a service user',
      judgement: {
        change: {
          type: 'added',
          after: {
            ...implant,
            sign: 'memory',
            value: 'memfd x',
            exe: '/memfd:x',
            exeNow: '/memfd:x',
            exeState: 'memory',
          },
        },
      },
      expect: 'critical',
    },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'memory', value: 'memfd x' } }, learning: true },
      expect: 'critical',
    },
    {
      name: 'a file without a name, of a person',
      judgement: {
        change: {
          type: 'added',
          after: { ...implant, sign: 'memory', value: 'file without a name in /dev/shm', user: 'marta', uid: 1000 },
        },
      },
      expect: 'high',
    },
    {
      name: 'accepted before',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'memory', value: 'memfd x' } }, known: true },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

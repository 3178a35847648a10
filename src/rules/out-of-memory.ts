/** The kernel ended a program because memory was out. See docs/rules/out-of-memory.md. */

import { defineRule } from '#model/sensor.ts';
import { type ResourceRow, resourceTroubles } from '#sensors/resource-table.ts';
import { aboutProgram, programName, startedBy, userOf } from './program-words.ts';
import { crashed } from './sample-resource.ts';

export default defineRule<ResourceRow>({
  id: 'out-of-memory',
  doc: 'The kernel ended a program because memory was out.',
  on: 'resource-troubles',
  table: resourceTroubles,
  attack: ['T1499', 'T1496'],
  types: ['added'],
  judge({ change, learning }) {
    if (change.type !== 'added' || learning || change.after.kind !== 'out of memory') return undefined;
    const row = change.after;
    const about = aboutProgram(row);
    return {
      ...about,
      subject: `out of memory ${about.subject}`,
      severity: 'medium',
      title: `Memory was out: the kernel ended ${programName(row)}, run by ${userOf(row)}`,
      why: `What was ended is not always what took the memory: look who grew. A service that is gone is missing until somebody starts it. ${startedBy(row)}`,
      next: 'journalctl -k --since "-1 hour" | grep -i "out of memory"; telltale processes',
    };
  },
  samples: [
    {
      name: 'a service',
      judgement: {
        change: { type: 'added', after: { ...crashed, kind: 'out of memory', what: 'memory', grave: true } },
      },
      expect: 'medium',
    },
    {
      name: 'the first look',
      judgement: {
        change: { type: 'added', after: { ...crashed, kind: 'out of memory', what: 'memory' } },
        learning: true,
      },
      expect: undefined,
    },
    { name: 'a crash', judgement: { change: { type: 'added', after: crashed } }, expect: undefined },
  ],
});

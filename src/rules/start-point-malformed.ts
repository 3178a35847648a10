/** A line that starts something cannot be read, or has no effect. See docs/rules/start-point-malformed.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type StartPointRow, startPoints } from '#sensors/start-point-table.ts';
import { cronLine } from './start-point-samples.ts';
import { about, capital, shown } from './start-point-words.ts';

export default defineRule<StartPointRow>({
  id: 'start-point-malformed',
  doc: 'A line or file of what is started without being asked cannot be read, or is passed over.',
  on: 'start-points',
  table: startPoints,
  attack: ['T1562'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || learning || (known && change.type === 'added')) return undefined;
    const row = change.after;
    if (row.problem === '' || (change.type === 'changed' && change.before.problem === row.problem)) return undefined;
    const line = row.name === '' || row.name === row.path ? '' : `, "${shown(row.name, 80)}"`;
    return {
      ...about(row),
      severity: 'low',
      apart: true,
      title: `${row.kind} in ${shown(row.path)}${line}: ${shown(row.problem, 140)}`,
      why: `${row.open === '' ? '' : `${capital(shown(row.open, 160))}. `}What was meant to run does not, or runs otherwise than it reads; a line that breaks its reader also hides those around it from other watchmen.`,
      next: `cat -A -- ${shellQuote(row.path)}`,
    };
  },
  samples: [
    {
      name: 'a line that cron cannot read',
      judgement: {
        change: {
          type: 'added',
          after: { ...cronLine, name: '* * * root x', problem: 'cron cannot read this line', enabled: false },
        },
      },
      expect: 'low',
    },
    {
      name: 'its user was deleted',
      judgement: {
        change: {
          type: 'changed',
          before: cronLine,
          after: { ...cronLine, problem: 'there is no user "bob"', enabled: false },
        },
      },
      expect: 'low',
    },
    { name: 'a sound line', judgement: { change: { type: 'added', after: cronLine } }, expect: undefined },
    {
      name: 'known for long',
      judgement: { change: { type: 'added', after: { ...cronLine, problem: 'x' } }, known: true },
      expect: undefined,
    },
  ],
});

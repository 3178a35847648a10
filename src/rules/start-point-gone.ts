/** Something that started a program is no longer there. See docs/rules/start-point-gone.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type StartPointRow, startPoints } from '#sensors/start-point-table.ts';
import { cronLine, evilService } from './start-point-samples.ts';
import { about, sentence } from './start-point-words.ts';

/** Editors write a new file and rename it over the old one. */
const HOLD_MS = 5000;

export default defineRule<StartPointRow>({
  id: 'start-point-gone',
  doc: 'Something known that starts a program was taken away.',
  on: 'start-points',
  table: startPoints,
  attack: ['T1562', 'T1070'],
  types: ['removed'],
  holdMs: () => HOLD_MS,
  judge({ change, known }) {
    if (change.type !== 'removed' || !known) return undefined;
    const row = change.before;
    // A job of at is gone when it was run.
    if (!row.enabled || row.kind === 'at') return undefined;
    return {
      ...about(row),
      severity: 'low',
      title: `No longer: ${sentence(row)}`,
      why: 'Backups, log rotation and watchmen are started this way: whoever wants to be unseen takes them out.',
      next: row.package === '' ? 'telltale changes' : `dpkg --verify -- ${shellQuote(row.package)}; telltale changes`,
    };
  },
  samples: [
    {
      name: 'a known line of cron',
      judgement: { change: { type: 'removed', before: cronLine }, known: true },
      expect: 'low',
    },
    {
      name: 'a known service',
      judgement: { change: { type: 'removed', before: evilService }, known: true },
      expect: 'low',
    },
    {
      name: 'what was new is gone again',
      judgement: { change: { type: 'removed', before: cronLine } },
      expect: undefined,
    },
    {
      name: 'what nothing ran',
      judgement: { change: { type: 'removed', before: { ...cronLine, enabled: false } }, known: true },
      expect: undefined,
    },
    {
      name: 'a job of at that was run',
      judgement: { change: { type: 'removed', before: { ...cronLine, kind: 'at' } }, known: true },
      expect: undefined,
    },
  ],
});

/** A program ended by a fault of its own. See docs/rules/program-crashed.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type ResourceRow, resourceTroubles } from '#sensors/resource-table.ts';
import { aboutProgram, programName, startedBy, userOf } from './program-words.ts';
import { crashed, short } from './sample-resource.ts';

export default defineRule<ResourceRow>({
  id: 'program-crashed',
  doc: 'A program ended by a fault of its own.',
  on: 'resource-troubles',
  table: resourceTroubles,
  attack: ['T1499.004', 'T1203'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning || change.after.kind !== 'crash') return undefined;
    const row = change.after;
    if (change.type === 'changed' && (!row.grave || change.before.grave)) return undefined;
    const about = aboutProgram(row);
    return {
      ...about,
      subject: `${row.what} ${about.subject}`,
      severity: severityOf(row),
      title: row.grave
        ? `${programName(row)}, run by ${userOf(row)}, crashes again and again (${row.what})`
        : `${programName(row)}, run by ${userOf(row)}, crashed (${row.what})`,
      why: `A fault ended it${row.times === 1 ? '' : `, ${row.times} times within the hour`}. Mostly it is a mistake in the program; attacks on a hole in its memory look the same until one of them succeeds. ${startedBy(row)}`,
      next: `journalctl -k --since "-1 hour" | grep -i segfault; coredumpctl list ${shellQuote(row.exeNow)}`,
      facts: { ...about.facts, signal: row.what, times: row.times },
    };
  },
  samples: [
    { name: 'a worker of a service', judgement: { change: { type: 'added', after: crashed } }, expect: 'low' },
    {
      name: 'a program of a person',
      judgement: { change: { type: 'added', after: { ...crashed, user: 'marta', uid: 1000 } } },
      expect: 'info',
    },
    {
      name: 'for the third time within the hour',
      judgement: { change: { type: 'changed', before: crashed, after: { ...crashed, grave: true, times: 3 } } },
      expect: 'medium',
    },
    {
      name: 'for the fourth time',
      judgement: {
        change: {
          type: 'changed',
          before: { ...crashed, grave: true, times: 3 },
          after: { ...crashed, grave: true, times: 4 },
        },
      },
      expect: undefined,
    },
    {
      name: 'known to crash',
      judgement: { change: { type: 'added', after: crashed }, known: true },
      expect: undefined,
    },
    { name: 'another trouble', judgement: { change: { type: 'added', after: short } }, expect: undefined },
  ],
});

function severityOf({ grave, uid }: ResourceRow): Severity {
  if (uid >= 1000) return 'info';
  return grave ? 'medium' : 'low';
}

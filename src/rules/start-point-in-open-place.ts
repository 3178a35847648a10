/** Others may change what is started for somebody. See docs/rules/start-point-in-open-place.md. */

import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type StartPointRow, startPoints } from '#sensors/start-point-table.ts';
import { cronLine, evilService } from './start-point-samples.ts';
import { about, runner, sentence, shown } from './start-point-words.ts';

const EVERYONE = /everyone may write/;
const HIDDEN = /is hidden by/;

export default defineRule<StartPointRow>({
  id: 'start-point-in-open-place',
  doc: 'What is started without being asked lies where others than its user may change it.',
  on: 'start-points',
  table: startPoints,
  attack: ['T1574', 'T1053', 'T1543', 'T1546'],
  types: ['added', 'changed'],
  judge({ change }) {
    if (change.type === 'removed' || change.after.open === '') return undefined;
    const row = change.after;
    if (change.type === 'changed' && change.before.open === row.open && change.before.command === row.command)
      return undefined;
    const severity = severityOf(row);
    return {
      ...about(row),
      severity,
      dangerous: severity === 'critical' || severity === 'high',
      title: `${sentence(row)}, but ${shown(row.open, 160)}`,
      why: HIDDEN.test(row.open)
        ? `Names with a dot are not listed: what runs as ${runner(row)} has no reason to hide.`
        : `Whoever may change it runs what they like as ${runner(row)}, and needs no other way in.`,
    };
  },
  samples: [
    {
      name: 'cron of root runs a program below /tmp',
      judgement: { change: { type: 'added', after: cronLine } },
      expect: 'critical',
    },
    {
      name: 'in the first look as well',
      judgement: { change: { type: 'added', after: cronLine }, learning: true },
      expect: 'critical',
    },
    {
      name: "root runs a program of bob's",
      judgement: {
        change: { type: 'changed', before: evilService, after: { ...evilService, open: 'bob owns /opt/x' } },
      },
      expect: 'high',
    },
    {
      name: "www-data runs a program of bob's",
      judgement: { change: { type: 'added', after: { ...evilService, user: 'www-data', open: 'bob owns /opt/x' } } },
      expect: 'medium',
    },
    {
      name: 'a hidden program',
      judgement: {
        change: { type: 'added', after: { ...evilService, open: '/opt/.x/y is hidden by the dot in its name' } },
      },
      expect: 'medium',
    },
    {
      name: 'what nothing runs',
      judgement: { change: { type: 'added', after: { ...cronLine, enabled: false } } },
      expect: 'low',
    },
    { name: 'an ordinary service', judgement: { change: { type: 'added', after: evilService } }, expect: undefined },
    {
      name: 'it was so before, and another column changed',
      judgement: { change: { type: 'changed', before: { ...cronLine, when: 'every day' }, after: cronLine } },
      expect: undefined,
    },
  ],
});

function severityOf(row: StartPointRow): Severity {
  if (!row.enabled) return 'low';
  if (HIDDEN.test(row.open)) return 'medium';
  const powerful = row.user === 'root' || row.user === 'every user';
  if (EVERYONE.test(row.open)) return powerful ? 'critical' : 'high';
  return powerful ? 'high' : 'medium';
}

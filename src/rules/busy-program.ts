/** A program has used a processor for an hour without a pause, or for ten minutes from where none should run. See docs/rules/busy-program.md. */

import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { isSuspect, type ResourceRow, resourceTroubles } from '#sensors/resource-table.ts';
import { aboutProgram, programName, startedBy, userOf } from './program-words.ts';
import { crashed } from './sample-resource.ts';

const busy: ResourceRow = {
  ...crashed,
  kind: 'busy',
  what: 'processor',
  detail: 'at least 90 % of a processor for 61 min',
};

export default defineRule<ResourceRow>({
  id: 'busy-program',
  doc: 'A program has used a processor for an hour without a pause; for ten minutes where it lies in an open place.',
  on: 'resource-troubles',
  table: resourceTroubles,
  attack: ['T1496.001'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning || change.after.kind !== 'busy') return undefined;
    const row = change.after;
    const about = aboutProgram(row);
    return {
      ...about,
      subject: `busy ${about.subject}`,
      severity: severityOf(row),
      title: `${programName(row)}, run by ${userOf(row)}, has used a processor for ${isSuspect(row) ? 'ten minutes' : 'an hour'} without a pause`,
      why: `Miners of coins do that, and password crackers; so do builds, videos and programs that hang. This one is not known for it here. ${startedBy(row)}`,
    };
  },
  samples: [
    {
      name: 'out of /tmp',
      judgement: { change: { type: 'added', after: { ...busy, exePlace: '/tmp', packageState: 'unpackaged' } } },
      expect: 'high',
    },
    {
      name: 'of no package, by the user of a service',
      judgement: { change: { type: 'added', after: { ...busy, packageState: 'unpackaged' } } },
      expect: 'high',
    },
    {
      name: 'of no package, by a person',
      judgement: {
        change: { type: 'added', after: { ...busy, packageState: 'unpackaged', uid: 1000, user: 'marta' } },
      },
      expect: 'medium',
    },
    { name: 'a packaged program', judgement: { change: { type: 'added', after: busy } }, expect: 'low' },
    { name: 'known for it', judgement: { change: { type: 'added', after: busy }, known: true }, expect: undefined },
    { name: 'another trouble', judgement: { change: { type: 'added', after: crashed } }, expect: undefined },
  ],
});

function severityOf(row: ResourceRow): Severity {
  if (isSuspect(row)) return 'high';
  return row.packageState === 'packaged' ? 'low' : 'medium';
}

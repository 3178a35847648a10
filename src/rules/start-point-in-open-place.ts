/** Others may change what is started for somebody. See docs/rules/start-point-in-open-place.md. */

import { defineRule, type Judgement } from '#model/sensor.ts';
import { type StartPointRow, startPoints } from '#sensors/start-point-table.ts';
import { cronLine, evilService } from './start-point-samples.ts';
import { about, decidedAnew, exposure, opensHere, sentence, shown } from './start-point-words.ts';

/** A path that others may write, as the column says it. */
const OPENED = /^(?:everyone may write to|\S+ owns) (.+)$/;

export default defineRule<StartPointRow>({
  id: 'start-point-in-open-place',
  doc: 'What is started without being asked lies where others than its user may change it.',
  on: 'start-points',
  table: startPoints,
  attack: ['T1574', 'T1053', 'T1543', 'T1546'],
  types: ['added', 'changed'],
  judge(judgement) {
    const { change } = judgement;
    if (change.type === 'removed' || isToldElsewhere(judgement)) return undefined;
    const row = change.after;
    const exposed = exposure(row);
    if (exposed === undefined) return undefined;
    const { severity, why } = exposed;
    return {
      ...about(row),
      severity,
      dangerous: severity === 'critical' || severity === 'high',
      title: `${sentence(row)}, but ${shown(row.open, 160)}`,
      why,
      // A folder of the system that was opened lets in at a hundred places: that is one alert, about the folder.
      // A folder of somebody whose number was changed is part of that.
      ...(change.type === 'changed' && { folds: [OPENED.exec(row.open)?.[1] ?? row.path, '/etc/passwd'] }),
    };
  },
  samples: [
    {
      name: 'a known line of cron came back that runs a program below /tmp',
      judgement: { change: { type: 'added', after: cronLine }, known: true },
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
      name: 'a new line, which start-point-new tells with this in its words',
      judgement: { change: { type: 'added', after: cronLine } },
      expect: undefined,
    },
    {
      name: 'another command, which start-point-changed tells with this in its words',
      judgement: { change: { type: 'changed', before: { ...cronLine, command: 'x', open: '' }, after: cronLine } },
      expect: undefined,
    },
    {
      name: "www-data runs a program of bob's",
      judgement: {
        change: { type: 'added', after: { ...evilService, user: 'www-data', open: 'bob owns /opt/x' } },
        known: true,
      },
      expect: 'medium',
    },
    {
      name: 'a hidden program',
      judgement: {
        change: { type: 'added', after: { ...evilService, open: '/opt/.x/y is hidden by the dot in its name' } },
        known: true,
      },
      expect: 'medium',
    },
    {
      name: 'what nothing runs',
      judgement: { change: { type: 'added', after: { ...cronLine, enabled: false } }, known: true },
      expect: 'low',
    },
    {
      name: 'a link to nothing, which start-point-malformed tells with this in its words',
      judgement: { change: { type: 'added', after: { ...cronLine, enabled: false, problem: 'a link to nothing' } } },
      expect: undefined,
    },
    { name: 'an ordinary service', judgement: { change: { type: 'added', after: evilService } }, expect: undefined },
    {
      name: 'it was so before, and another column changed',
      judgement: { change: { type: 'changed', before: { ...cronLine, when: 'every day' }, after: cronLine } },
      expect: undefined,
    },
  ],
});

/** What is new, or runs something else, is one alert: its rule says this as well. */
function isToldElsewhere({ change, known, learning, replaced }: Judgement<StartPointRow>): boolean {
  if (change.type === 'removed') return true;
  const row = change.after;
  const before = change.type === 'changed' ? change.before : replaced;
  if (change.type === 'changed' && !opensHere(change.before, row)) return true;
  if (learning) return false;
  if (row.problem !== '' && !row.enabled) return isToldAsMalformed(change, known, before);
  if (change.type === 'added' && known) return false;
  return before === undefined || decidedAnew(before, row).length > 0;
}

/** What has no effect is told by start-point-malformed, with this in its words. */
function isToldAsMalformed(
  { type }: Judgement<StartPointRow>['change'],
  known: boolean,
  before: StartPointRow | undefined,
): boolean {
  const news = type === 'changed' || !known;
  return news && (type === 'added' || before?.problem === '');
}

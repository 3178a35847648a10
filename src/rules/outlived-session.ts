/** A process goes on after the login session that started it ended. See docs/rules/outlived-session.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, programName, runOf, startedBy, userOf } from './program-words.ts';
import { implant, service, shell } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'outlived-session',
  doc: 'A process goes on after the login session that started it ended.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1543', 'T1564'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning || change.after.sign !== 'outlived session') return undefined;
    const row = change.after;
    const vouched = row.packageState === 'packaged' && !row.script.startsWith('/');
    return {
      ...aboutSign(row),
      // What runs below another one that stayed is part of it: sudo and what it started, a script and its tools.
      folds: parentsOf(row).map(runOf),
      severity: row.uid === 0 || !vouched ? 'medium' : 'low',
      title: `${programName(row)}, started by ${userOf(row)} in a login session, goes on after the session ended`,
      why: `The session (${shorten(visible(row.detail), 40)}) is over and this process stayed, without tmux or screen, which are made for that. People forget things; intruders leave them. ${startedBy(row)}`,
    };
  },
  samples: [
    {
      name: 'a program of no package',
      judgement: {
        change: {
          type: 'added',
          after: { ...implant, sign: 'outlived session', detail: 'session 12', uid: 1000, user: 'marta' },
        },
      },
      expect: 'medium',
    },
    {
      name: 'a forgotten download',
      judgement: { change: { type: 'added', after: { ...shell, sign: 'outlived session', detail: 'session 12' } } },
      expect: 'low',
    },
    {
      name: "root's",
      judgement: {
        change: {
          type: 'added',
          after: { ...shell, uid: 0, user: 'root', sign: 'outlived session', detail: 'session 12' },
        },
      },
      expect: 'medium',
    },
    {
      name: 'known',
      judgement: { change: { type: 'added', after: { ...shell, sign: 'outlived session' } }, known: true },
      expect: undefined,
    },
    { name: 'another sign', judgement: { change: { type: 'added', after: service } }, expect: undefined },
  ],
});

function parentsOf({ parents }: OddRow): number[] {
  return parents.flatMap((name) => {
    const pid = Number(/\((\d{1,10})\)$/.exec(name)?.[1] ?? 0);
    return pid > 1 ? [pid] : [];
  });
}

/** A program still runs although its file was deleted, or replaced by another one. See docs/rules/program-file-gone.md. */

import { visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import type { Change } from '#model/table.ts';
import { type OddRow, oddProcesses } from '#sensors/odd-process-table.ts';
import { aboutSign, pathOf, programName, startedBy, userOf } from './program-words.ts';
import { implant, service } from './sample-odd.ts';

export default defineRule<OddRow>({
  id: 'program-file-gone',
  doc: 'A program still runs although its file was deleted, or replaced by another one.',
  on: 'odd-processes',
  table: oddProcesses,
  attack: ['T1070.004'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    const row = newlyGone(change, known);
    if (row === undefined) return undefined;
    const about = aboutSign(row);
    const path = pathOf(row);
    const shown = {
      ...about,
      facts: { ...about.facts, file: row.exeNow },
      next: `cp -- /proc/${row.pid}/exe ./evidence-${row.pid}; telltale processes pid ${row.pid} --tree`,
    };
    if (row.sign === 'deleted')
      return {
        ...shown,
        severity: 'high',
        dangerous: true,
        title: `${programName(row)}, run by ${userOf(row)}, runs from a deleted file`,
        why: `${path} was removed while the program runs. Intruders do this to leave nothing behind; a removed package does it as well. The kernel still has the file: copy it before the process ends. ${startedBy(row)}`,
      };
    if (row.altered)
      return {
        ...shown,
        severity: 'high',
        dangerous: true,
        title: `${programName(row)}, run by ${userOf(row)}, runs from a file that another one replaced`,
        why: `The file at ${path} now is not as package ${visible(row.package)} shipped it: it will run at the next start. The program still runs the file that was there before; which of the two is the intruder's must be looked at.`,
      };
    const upgraded = row.packageState === 'packaged';
    return {
      ...shown,
      severity: upgraded ? 'low' : 'medium',
      title: `${programName(row)}, run by ${userOf(row)}, still runs an older file than ${path}`,
      why: upgraded
        ? `Package ${visible(row.package)} was upgraded; until the program is started anew it runs the old version, with the flaws that the new one mends.`
        : `Another file took the place of its executable, and no package vouches for the new one. ${startedBy(row)}`,
      next:
        upgraded && row.unitNow.endsWith('.service') ? `systemctl restart -- ${shellQuote(row.unitNow)}` : shown.next,
    };
  },
  samples: [
    { name: 'deleted while it runs', judgement: { change: { type: 'added', after: implant } }, expect: 'high' },
    {
      name: 'deleted, in the first look',
      judgement: { change: { type: 'added', after: implant }, learning: true },
      expect: 'high',
    },
    {
      name: 'upgraded by its package',
      judgement: { change: { type: 'added', after: { ...service, exeState: 'replaced' } } },
      expect: 'low',
    },
    {
      name: 'replaced by a file that no package owns',
      judgement: { change: { type: 'added', after: { ...implant, sign: 'replaced', exeState: 'replaced' } } },
      expect: 'medium',
    },
    {
      name: 'replaced by a file that is not as its package ships it',
      judgement: {
        change: { type: 'added', after: { ...service, exeState: 'replaced', altered: true, packageState: 'altered' } },
      },
      expect: 'high',
    },
    {
      name: 'the file at its path was changed later',
      judgement: {
        change: { type: 'changed', before: service, after: { ...service, altered: true, packageState: 'altered' } },
      },
      expect: 'high',
    },
    {
      name: 'known to run an old file',
      judgement: { change: { type: 'added', after: service }, known: true },
      expect: undefined,
    },
    {
      name: 'another sign',
      judgement: { change: { type: 'added', after: { ...service, sign: 'traced' } } },
      expect: undefined,
    },
  ],
});

function newlyGone(change: Change<OddRow>, known: boolean): OddRow | undefined {
  if (change.type === 'removed') return undefined;
  const row = change.after;
  if (row.sign !== 'deleted' && row.sign !== 'replaced') return undefined;
  if (change.type === 'changed') return row.altered && !change.before.altered ? row : undefined;
  return known && !row.altered ? undefined : row;
}

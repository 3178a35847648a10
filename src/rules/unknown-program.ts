/** A program ran that no package vouches for and that is not in the baseline. See docs/rules/unknown-program.md. */

import { visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type ProgramRow, programs } from '#sensors/program-table.ts';
import { aboutProgram, pathOf, programName, runOf, startedBy, userOf } from './program-words.ts';
import { backup, nginx, planted, webShell } from './sample-program.ts';

export default defineRule<ProgramRow>({
  id: 'unknown-program',
  doc: 'A program ran that came from no package, or is not as its package shipped it, and is not in the baseline.',
  on: 'programs',
  table: programs,
  packageScripts: 'explained',
  attack: ['T1059', 'T1204.002'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning) return undefined;
    const row = change.after;
    if (change.type === 'changed' && (!row.altered || change.before.altered)) return undefined;
    // program-in-open-place and program-in-memory say more of these.
    if (row.exePlace !== '' || row.exeState === 'memory') return undefined;
    if (row.packageState !== 'unpackaged' && row.packageState !== 'altered') return undefined;
    const { severity, why } = weigh(row);
    return {
      ...aboutProgram(row),
      folds: runOf(row.pid),
      severity,
      title: `${programName(row)} ran as ${userOf(row)} for the first time${row.altered ? ', and is not the file that its package shipped' : ''}`,
      why: `${pathOf(row)} is not in the baseline. ${why} ${startedBy(row)}`,
    };
  },
  samples: [
    { name: "an administrator's script", judgement: { change: { type: 'added', after: backup } }, expect: 'low' },
    {
      name: 'what a person built at home',
      judgement: {
        change: {
          type: 'added',
          after: { ...backup, user: 'marta', uid: 1000, script: '', exeNow: '/home/marta/src/a.out' },
        },
      },
      expect: 'info',
    },
    {
      name: 'a dropped file below a web server',
      judgement: { change: { type: 'added', after: { ...planted, exePlace: '', exeNow: '/var/www/x' } } },
      expect: 'high',
    },
    {
      name: 'a hidden folder',
      judgement: { change: { type: 'added', after: { ...backup, script: '/usr/lib/.cache/x.sh' } } },
      expect: 'medium',
    },
    {
      name: 'a packaged program whose file was changed',
      judgement: {
        change: {
          type: 'changed',
          before: nginx,
          after: { ...nginx, altered: true, packageState: 'altered' },
        },
      },
      expect: 'high',
    },
    { name: 'a packaged program', judgement: { change: { type: 'added', after: webShell } }, expect: undefined },
    {
      name: 'in the baseline',
      judgement: { change: { type: 'added', after: backup }, known: true },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: backup }, learning: true },
      expect: undefined,
    },
    { name: 'told elsewhere', judgement: { change: { type: 'added', after: planted } }, expect: undefined },
    {
      name: 'of a container, whose packages cannot be asked',
      judgement: { change: { type: 'added', after: { ...backup, packageState: 'unknown', container: 'docker' } } },
      expect: undefined,
    },
  ],
});

const HIDDEN = /\/\.[^/]/;

function weigh(row: ProgramRow): { readonly severity: Severity; readonly why: string } {
  if (row.altered) return { severity: 'high', why: 'Somebody changed the file after it was installed.' };
  if (row.service !== '')
    return { severity: 'high', why: `It descends from ${visible(row.service)}, which answers the network.` };
  const path = row.script.startsWith('/') ? row.script : row.exeNow;
  const home = row.user === 'root' ? '/root/' : `/home/${row.user}/`;
  if (path.startsWith(home))
    return { severity: row.uid === 0 ? 'low' : 'info', why: 'It lies in the home of the user who runs it.' };
  if (HIDDEN.test(path)) return { severity: 'medium', why: 'It lies in a hidden folder.' };
  if (row.uid > 0 && row.uid < 1000)
    return {
      severity: 'medium',
      why: `${userOf(row)} is the user of a service, which seldom starts programs of its own.`,
    };
  return { severity: 'low', why: 'Nothing vouches for a program that came from no package.' };
}

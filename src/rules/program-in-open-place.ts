/** A program was started from where everyone may write. See docs/rules/program-in-open-place.md. */

import { shorten, visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type ProgramRow, programs } from '#sensors/program-table.ts';
import { aboutProgram, pathOf, programName, startedBy, userOf } from './program-words.ts';
import { backup, nginx, planted } from './sample-program.ts';

export default defineRule<ProgramRow>({
  id: 'program-in-open-place',
  doc: 'A program lies below a directory that everyone may write, and was started from there.',
  on: 'programs',
  table: programs,
  attack: ['T1059', 'T1564'],
  types: ['added'],
  judge({ change, known }) {
    if (change.type !== 'added' || known) return undefined;
    const row = change.after;
    if (row.exePlace === '' || row.packageState === 'packaged') return undefined;
    // program-in-memory says more of what never had a name: open(2), O_TMPFILE.
    if (row.exeState === 'memory' || (row.exeState === 'deleted' && NAMELESS.test(row.exeNow))) return undefined;
    const shown = aboutProgram(row);
    const path = row.script.startsWith('/') ? row.script : row.exeNow;
    return {
      ...shown,
      facts: { ...shown.facts, file: path },
      severity: severityOf(row),
      dangerous: isGrave(row),
      title: `${programName(row)} was started by ${userOf(row)} from ${shorten(visible(row.exePlace), 80)}, where everyone may write`,
      why: `Programs belong where only root may put them; intruders use ${shorten(visible(row.exePlace), 80)} because nothing stops them there. It is ${pathOf(row)}. ${startedBy(row)}`,
    };
  },
  samples: [
    { name: 'a miner below a web server', judgement: { change: { type: 'added', after: planted } }, expect: 'high' },
    {
      name: 'in the first look',
      judgement: { change: { type: 'added', after: planted }, learning: true },
      expect: 'high',
    },
    {
      name: 'root runs a script out of /tmp',
      judgement: { change: { type: 'added', after: { ...backup, script: '/tmp/x.sh', exePlace: '/tmp' } } },
      expect: 'high',
    },
    {
      name: 'a person tries something in /tmp',
      judgement: {
        change: { type: 'added', after: { ...planted, user: 'marta', uid: 1000, service: '', session: '12' } },
      },
      expect: 'medium',
    },
    {
      name: 'accepted before',
      judgement: { change: { type: 'added', after: planted }, known: true },
      expect: undefined,
    },
    {
      name: 'a file without a name',
      judgement: { change: { type: 'added', after: { ...planted, exeNow: '/dev/shm/#1513', exeState: 'deleted' } } },
      expect: undefined,
    },
    { name: 'an ordinary program', judgement: { change: { type: 'added', after: nginx } }, expect: undefined },
  ],
});

const NAMELESS = /\/#\d{1,20}$/;

/** A person in a login session who tries something is no intruder by that alone. */
function severityOf(row: ProgramRow): 'high' | 'medium' {
  return isGrave(row) ? 'high' : 'medium';
}

function isGrave(row: ProgramRow): boolean {
  return row.uid < 1000 || row.service !== '' || row.exePlace.startsWith('/dev/shm');
}

/** A program has nearly as many files open as it may. See docs/rules/files-running-out.md. */

import { defineRule } from '#model/sensor.ts';
import { type ResourceRow, resourceTroubles } from '#sensors/resource-table.ts';
import { aboutProgram, programName, startedBy, userOf } from './program-words.ts';
import { crashed } from './sample-resource.ts';

const full: ResourceRow = { ...crashed, kind: 'files', what: 'files', detail: '1010 of the 1024 that it may' };

export default defineRule<ResourceRow>({
  id: 'files-running-out',
  doc: 'A program has nearly as many files and connections open as it may.',
  on: 'resource-troubles',
  table: resourceTroubles,
  attack: ['T1499.003'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning || change.after.kind !== 'files') return undefined;
    const row = change.after;
    const about = aboutProgram(row);
    return {
      ...about,
      subject: `files ${about.subject}`,
      severity: row.uid >= 1000 ? 'low' : 'medium',
      title: `${programName(row)}, run by ${userOf(row)}, has nearly no files left to open: ${row.detail}`,
      why: `Connections count as files. At its limit a program answers nobody and opens no log any more: it forgets to close them, or somebody holds thousands of connections. ${startedBy(row)}`,
      next: `ls -l /proc/${row.pid}/fd | awk '{print $NF}' | sed 's/[0-9]*]*$//' | sort | uniq -c | sort -n | tail; telltale sockets -a pid ${row.pid}`,
      facts: { ...about.facts, detail: row.detail },
    };
  },
  samples: [
    { name: 'a service', judgement: { change: { type: 'added', after: full } }, expect: 'medium' },
    {
      name: 'a program of a person',
      judgement: { change: { type: 'added', after: { ...full, user: 'marta', uid: 1000 } } },
      expect: 'low',
    },
    { name: 'known for it', judgement: { change: { type: 'added', after: full }, known: true }, expect: undefined },
    { name: 'another trouble', judgement: { change: { type: 'added', after: crashed } }, expect: undefined },
  ],
});

/** A container or a process with namespaces of its own appeared. See docs/rules/namespace-new.md. */

import { visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type NamespaceRow, namespaces } from '#sensors/namespaces.ts';
import { aboutProgram, programName, startedBy, userOf } from './program-words.ts';
import { container, hidden } from './sample-namespace.ts';

export default defineRule<NamespaceRow>({
  id: 'namespace-new',
  doc: 'A container that is not in the baseline was started, or a program put itself apart from the host.',
  on: 'namespaces',
  table: namespaces,
  attack: ['T1610', 'T1611'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    // container-privileged says more of those that reach the host.
    if (row.reach.length > 0 || isOrdinary(row)) return undefined;
    const about = aboutProgram(row);
    const what = row.container === '' ? 'has namespaces of its own' : `runs in a new container of ${row.container}`;
    return {
      ...about,
      subject: `${row.kinds} ${about.subject}`,
      severity: severityOf(row),
      title: `${programName(row)}, run by ${userOf(row)}, ${what} (${visible(row.kinds)})`,
      why: `It sees another part of this host than everybody else, and others see less of it: files, processes or ports in there are not found where one looks. ${startedBy(row)}`,
      next: `ls -l /proc/${row.pid}/ns; lsns -p ${row.pid}; telltale processes pid ${row.pid} --tree`,
      facts: { ...about.facts, kinds: row.kinds, container: row.container },
    };
  },
  samples: [
    { name: 'a container', judgement: { change: { type: 'added', after: container } }, expect: 'info' },
    {
      name: 'a program of no package that put itself apart',
      judgement: { change: { type: 'added', after: { ...container, container: '', packageState: 'unpackaged' } } },
      expect: 'low',
    },
    {
      name: "a service's user made a user namespace: the first step of many exploits",
      judgement: {
        change: {
          type: 'added',
          after: { ...container, container: '', kinds: 'user', user: 'www-data', uid: 33, packageState: 'packaged' },
        },
      },
      expect: 'medium',
    },
    { name: 'a unit of systemd', judgement: { change: { type: 'added', after: hidden } }, expect: undefined },
    { name: 'known', judgement: { change: { type: 'added', after: container }, known: true }, expect: undefined },
    {
      name: 'told by container-privileged',
      judgement: { change: { type: 'added', after: { ...container, reach: ['CAP_SYS_ADMIN'] } } },
      expect: undefined,
    },
  ],
});

/** Units of systemd with folders or a network of their own, as their packages ship them. */
function isOrdinary(row: NamespaceRow): boolean {
  return row.packageState === 'packaged' && row.from.endsWith('.service') && !row.kinds.includes('user');
}

function severityOf(row: NamespaceRow): Severity {
  if (row.kinds.includes('user') && row.uid > 0 && row.uid < 1000 && row.container === '') return 'medium';
  return row.container === '' && row.packageState === 'unpackaged' ? 'low' : 'info';
}

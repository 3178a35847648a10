/** A container, or what lives apart like one, can reach the host. See docs/rules/container-privileged.md. */

import { shorten, visible } from '#lib/escape.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type NamespaceRow, namespaces } from '#sensors/namespaces.ts';
import { aboutProgram, apartOf, programName, startedBy, userOf } from './program-words.ts';
import { container, hidden } from './sample-namespace.ts';

export default defineRule<NamespaceRow>({
  id: 'container-privileged',
  doc: 'A container has rights or mounts that lead out of it.',
  on: 'namespaces',
  table: namespaces,
  attack: ['T1611', 'T1610'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning) return undefined;
    const row = change.after;
    const before = change.type === 'changed' ? change.before.reach : [];
    const fresh = row.reach.filter((one) => !before.includes(one));
    if (fresh.length === 0) return undefined;
    const about = aboutProgram(row);
    const words = shorten(visible(fresh.join(', ')), 160);
    const what = row.container === '' ? 'A process with a pid namespace of its own' : `A container of ${row.container}`;
    return {
      ...about,
      subject: `${row.kinds} ${about.subject}`,
      whole: apartOf(row),
      severity: severityOf(row),
      title: `${what} (${programName(row)}, run by ${userOf(row)}) can reach the host: ${words}`,
      why: `Whoever breaks into it owns the host: these lead out of it. ${startedBy(row)}`,
      facts: { ...about.facts, kinds: row.kinds, reach: row.reach, container: row.container },
    };
  },
  samples: [
    {
      name: 'docker run --privileged',
      judgement: { change: { type: 'added', after: { ...container, reach: ['CAP_SYS_ADMIN', 'CAP_SYS_MODULE'] } } },
      expect: 'high',
    },
    {
      name: 'the root of the host came in',
      judgement: {
        change: { type: 'changed', before: container, after: { ...container, reach: ["the host's root at /mnt"] } },
      },
      expect: 'high',
    },
    {
      name: 'unshare, by root',
      judgement: {
        change: { type: 'added', after: { ...container, container: '', reach: ['CAP_SYS_ADMIN'] } },
      },
      expect: 'medium',
    },
    { name: 'an ordinary container', judgement: { change: { type: 'added', after: container } }, expect: undefined },
    {
      name: 'one way less',
      judgement: {
        change: {
          type: 'changed',
          before: { ...container, reach: ['CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'] },
          after: { ...container, reach: ['CAP_SYS_ADMIN'] },
        },
      },
      expect: undefined,
    },
    {
      name: 'known to be so',
      judgement: { change: { type: 'added', after: { ...container, reach: ['CAP_SYS_ADMIN'] } }, known: true },
      expect: undefined,
    },
    {
      name: 'a unit with folders of its own',
      judgement: { change: { type: 'added', after: hidden } },
      expect: undefined,
    },
  ],
});

function severityOf(row: NamespaceRow): Severity {
  if (row.container !== '') return 'high';
  return row.packageState === 'packaged' ? 'low' : 'medium';
}

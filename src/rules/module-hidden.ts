/** A module is in the kernel and not in its list: something hides it. See docs/rules/module-hidden.md. */

import { visible } from '#lib/escape.ts';
import { defineRule } from '#model/sensor.ts';
import { type ModuleRow, modules } from '#sensors/module-table.ts';
import { foreign, nfTables } from './module-rows.ts';
import { aboutModule, moduleTitle, whoLoaded } from './module-words.ts';

export default defineRule<ModuleRow>({
  id: 'module-hidden',
  doc: 'A kernel module is loaded, but one of the two lists of modules does not show it.',
  on: 'modules',
  table: modules,
  attack: ['T1014', 'T1547.006'],
  types: ['added', 'changed'],
  judge({ change }) {
    if (change.type === 'removed' || change.after.seenIn === '') return undefined;
    const row = change.after;
    return {
      ...aboutModule(row),
      ...whoLoaded(row),
      severity: 'critical',
      dangerous: true,
      title: `${moduleTitle(row)} is hidden: it is seen only in ${visible(row.seenIn)}`,
      why: 'It was looked for twice. Modules that take themselves out of a list are rootkits: from now on nothing that this host says of itself can be trusted. Take the disk to another machine.',
    };
  },
  samples: [
    {
      name: 'in /sys/module only',
      judgement: { change: { type: 'added', after: { ...foreign, seenIn: '/sys/module' } } },
      expect: 'critical',
    },
    {
      name: 'it took itself out of the list',
      judgement: {
        change: { type: 'changed', before: foreign, after: { ...foreign, seenIn: 'users of nf_tables' } },
        known: true,
      },
      expect: 'critical',
    },
    { name: 'seen in both', judgement: { change: { type: 'added', after: nfTables } }, expect: undefined },
  ],
});

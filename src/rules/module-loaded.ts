/** A module was loaded into the kernel. See docs/rules/module-loaded.md. */

import { visible } from '#lib/escape.ts';
import { joinWords } from '#lib/plural.ts';
import { defineRule } from '#model/sensor.ts';
import { type ModuleRow, modules } from '#sensors/module-table.ts';
import { foreign, nfTables } from './module-rows.ts';
import { aboutModule, moduleTitle, oddities, whoLoaded } from './module-words.ts';

export default defineRule<ModuleRow>({
  id: 'module-loaded',
  doc: 'A kernel module was loaded that is not in the baseline, or exchanged for another of its name.',
  on: 'modules',
  table: modules,
  attack: ['T1547.006'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || change.after.seenIn !== '') return undefined;
    const row = change.after;
    const exchanged = change.type === 'changed';
    const news = exchanged ? change.before.version !== row.version || change.before.taint !== row.taint : !known;
    if (!news) return undefined;
    const did = exchanged ? 'was exchanged for another one of its name' : 'was loaded';
    const odd = oddities(row);
    if (odd.length > 0)
      return {
        ...aboutModule(row),
        ...whoLoaded(row),
        severity: 'high',
        title: `${moduleTitle(row)} ${did}: ${joinWords(odd)}`,
        why: 'A module can hide processes, files and connections from every program on this host, this one included. Drivers built on the host (DKMS) look the same: was one installed?',
      };
    return {
      ...aboutModule(row),
      ...whoLoaded(row),
      severity: exchanged ? 'medium' : 'info',
      title: `${moduleTitle(row)} ${did}`,
      why: `It comes with ${origin(row)}. Devices and programs load modules as they need them; each is code with all rights.`,
    };
  },
  samples: [
    { name: 'a rootkit', judgement: { change: { type: 'added', after: foreign } }, expect: 'high' },
    { name: 'a module of the distribution', judgement: { change: { type: 'added', after: nfTables } }, expect: 'info' },
    {
      name: 'signed by nobody, though the kernel has a file of that name',
      judgement: { change: { type: 'added', after: { ...nfTables, taint: 'E', means: 'unsigned module' } } },
      expect: 'high',
    },
    {
      name: 'taken out, and another one of its name loaded',
      judgement: { change: { type: 'changed', before: nfTables, after: { ...nfTables, version: 'FFFF' } } },
      expect: 'medium',
    },
    { name: 'known', judgement: { change: { type: 'added', after: nfTables }, known: true }, expect: undefined },
    {
      name: 'hidden: another rule tells of it',
      judgement: { change: { type: 'added', after: { ...foreign, seenIn: '/sys/module' } } },
      expect: undefined,
    },
  ],
});

function origin(row: ModuleRow): string {
  return row.package === '' ? 'the running kernel' : `package ${visible(row.package)}`;
}

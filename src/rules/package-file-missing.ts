/** A file that a package installed is not there. See docs/rules/package-file-missing.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageFileRow, packageFiles } from '#sensors/package-files.ts';
import { alteredProgram, shownPath } from './file-words.ts';
import { factsOf } from './package-file-altered.ts';

export default defineRule<PackageFileRow>({
  id: 'package-file-missing',
  doc: 'A file that a package installed was removed.',
  on: 'package-files',
  table: packageFiles,
  attack: ['T1485', 'T1562.001'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known) return undefined;
    const row = change.after;
    if (!row.wrong.includes('missing') || (change.type === 'changed' && change.before.wrong.includes('missing')))
      return undefined;
    const { path, package: name } = row;
    return {
      severity: row.program === '' ? 'low' : 'medium',
      subject: path,
      title: `${shownPath(path)} of package ${name} is missing`,
      why: 'Removing a tool blinds those who would use it, and a missing library or module breaks what needs it.',
      next: `dpkg -V ${shellQuote(name)}; apt-get install --reinstall ${shellQuote(name)}`,
      facts: factsOf(row),
    };
  },
  samples: [
    {
      name: 'a program',
      judgement: { change: { type: 'added', after: { ...alteredProgram, wrong: ['missing'], mode: '' } } },
      expect: 'medium',
    },
    {
      name: 'a text',
      judgement: { change: { type: 'added', after: { ...alteredProgram, wrong: ['missing'], program: '' } } },
      expect: 'low',
    },
    { name: 'altered', judgement: { change: { type: 'added', after: alteredProgram } }, expect: undefined },
  ],
});

/** A program stands among those of packages, and no package ships it. See docs/rules/unpackaged-program.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageFileRow, packageFiles } from '#sensors/package-files.ts';
import { alteredProgram, shownPath } from './file-words.ts';
import { factsOf } from './package-file-altered.ts';

const foreign: PackageFileRow = { ...alteredProgram, path: '/usr/bin/lss', package: '', wrong: ['unpackaged'] };

export default defineRule<PackageFileRow>({
  id: 'unpackaged-program',
  doc: 'A program that no package ships lies in a folder that is for packages.',
  on: 'package-files',
  table: packageFiles,
  attack: ['T1554', 'T1036.005', 'T1543.002'],
  types: ['added', 'changed'],
  judge({ change, known, learning, touched }) {
    if (change.type === 'removed' || known || !change.after.wrong.includes('unpackaged')) return undefined;
    const row = change.after;
    const exchanged = change.type === 'changed' && change.before.mark !== row.mark;
    if (change.type === 'changed' && !exchanged) return undefined;
    const { path } = row;
    return {
      severity: 'high',
      subject: path,
      title: exchanged
        ? `${shownPath(path)}, which no package ships, was exchanged`
        : `A program that no package ships lies among those of packages: ${shownPath(path)}`,
      why: 'Everybody trusts what lies there, and it is found before programs of other places; administrators use /usr/local.',
      next: `dpkg -S ${shellQuote(path)}; file -- ${shellQuote(path)}; sha256sum -- ${shellQuote(path)}`,
      facts: factsOf(row),
      ...((!learning || touched === true) && { folds: path }),
    };
  },
  samples: [
    { name: 'a new one', judgement: { change: { type: 'added', after: foreign } }, expect: 'high' },
    {
      name: 'exchanged',
      judgement: { change: { type: 'changed', before: foreign, after: { ...foreign, mark: 'ff' } } },
      expect: 'high',
    },
    { name: 'shipped', judgement: { change: { type: 'added', after: alteredProgram } }, expect: undefined },
  ],
});

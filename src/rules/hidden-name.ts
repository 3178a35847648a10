/** A file is hidden by its name. See docs/rules/hidden-name.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { aboutFile, gained, isAnyBelow, oddFile, plainFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'hidden-name',
  doc: 'A program with a hidden name, or a name that cannot be told from another one or cannot be seen.',
  on: 'files',
  table: files,
  attack: ['T1564.001', 'T1036.005'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (known) return undefined;
    const program = gained(change, 'hidden program');
    const row = program ?? gained(change, 'misleading name');
    if (row === undefined || row.package !== '') return undefined;
    const about = aboutFile(row);
    const quoted = `"${shownPath(row.path)}"`;
    return {
      ...about,
      severity: program !== undefined && isAnyBelow(row.path, '/usr', '/etc', '/dev/shm', '/boot') ? 'high' : 'medium',
      title:
        program === undefined
          ? `The name of ${quoted} misleads: blanks, dots or characters that are not seen`
          : `A program is hidden by a dot: ${quoted}`,
      why:
        program === undefined
          ? 'A folder called "..." or a name that ends with a blank looks like nothing in a listing; nobody makes one by chance.'
          : 'Listings (ls) and most file managers do not show it; programs that belong there have no reason to hide.',
      next: `ls -lab -- ${shellQuote(row.path.slice(0, row.path.lastIndexOf('/')) || '/')}`,
    };
  },
  samples: [
    {
      name: 'beside the libraries',
      judgement: { change: { type: 'added', after: oddFile('/usr/lib/.x', ['hidden program']) } },
      expect: 'high',
    },
    {
      name: 'three dots',
      judgement: {
        change: { type: 'added', after: oddFile('/var/tmp/...', ['misleading name'], { type: 'directory' }) },
      },
      expect: 'medium',
    },
    {
      name: 'shipped so',
      judgement: { change: { type: 'added', after: oddFile('/usr/lib/.x', ['hidden program'], { package: 'x' }) } },
      expect: undefined,
    },
    { name: 'plain', judgement: { change: { type: 'added', after: plainFile } }, expect: undefined },
  ],
});

/** A file of the system can be changed by everyone, or belongs to nobody. See docs/rules/open-permissions.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { withFamily } from './file-family.ts';
import { aboutFile, gained, isExecutable, oddFile, plainFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'open-permissions',
  doc: 'A file of the system became writable for everyone, or its owner does not exist.',
  on: 'files',
  table: files,
  attack: ['T1222.002'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (known) return undefined;
    const open = gained(change, 'writable by everyone');
    const row = open ?? gained(change, 'unowned');
    if (row === undefined) return undefined;
    if (open === undefined)
      return {
        ...aboutFile(row),
        severity: 'low',
        title: `${shownPath(row.path)} belongs to an account that does not exist: ${row.owner}:${row.group}`,
        why: 'Whoever gets that number next owns the file; files unpacked by root from elsewhere often look so.',
        next: `chown root:root ${shellQuote(row.path)}`,
      };
    return {
      ...aboutFile(row),
      severity: isExecutable(row) ? 'critical' : 'high',
      onlyAsPackaged: true,
      title: `Everyone may change ${shownPath(row.path)}`,
      // Who may become root by it is told first.
      folds: withFamily(row.path),
      why: isExecutable(row)
        ? 'The next one who runs it, perhaps root, runs what any account or broken service has put there.'
        : 'Any account or broken service can change what the system reads there.',
      next: `chmod o-w ${shellQuote(row.path)}`,
    };
  },
  samples: [
    {
      name: 'a folder of programs',
      judgement: {
        change: {
          type: 'changed',
          before: { ...plainFile, path: '/usr/bin', type: 'directory' },
          after: { ...plainFile, path: '/usr/bin', type: 'directory', mode: '0777', signs: ['writable by everyone'] },
        },
      },
      expect: 'high',
    },
    {
      name: 'a program',
      judgement: {
        change: { type: 'added', after: oddFile('/usr/bin/x', ['writable by everyone'], { mode: '0777' }) },
      },
      expect: 'critical',
    },
    {
      name: 'nobody’s',
      judgement: { change: { type: 'added', after: oddFile('/opt/x', ['unowned'], { owner: '4711' }) } },
      expect: 'low',
    },
    { name: 'as shipped', judgement: { change: { type: 'added', after: plainFile } }, expect: undefined },
  ],
});

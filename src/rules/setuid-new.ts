/** A program that runs with its owner's rights appeared, or became one. See docs/rules/setuid-new.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { aboutFile, gained, isAnyBelow, isWritableByOthers, oddFile, plainFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'setuid-new',
  doc: 'A file is setuid or setgid that was not before.',
  on: 'files',
  table: files,
  attack: ['T1548.001'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (known) return undefined;
    const user = gained(change, 'setuid');
    const row = user ?? gained(change, 'setgid');
    if (row === undefined) return undefined;
    const planted = isAnyBelow(row.path, '/tmp', '/var/tmp', '/dev/shm', '/run', '/home') || isWritableByOthers(row);
    const as = user === undefined ? `the rights of group ${row.group}` : `the rights of ${row.owner}`;
    return {
      ...aboutFile(row),
      severity: planted && user !== undefined ? 'critical' : 'high',
      title: `Whoever runs ${shownPath(row.path)} now has ${as}`,
      why: planted
        ? 'It lies where others may write or is writable for others: so is a way back to root left behind.'
        : 'A setuid program is a door to its owner’s rights; one that is new was put there by a package, an administrator or an intruder.',
      next: `ls -la -- ${shellQuote(row.path)}; dpkg -S ${shellQuote(row.path)}`,
      dangerous: planted,
      onlyAsPackaged: true,
    };
  },
  samples: [
    {
      name: 'a shell in a folder for all',
      judgement: { change: { type: 'added', after: oddFile('/var/tmp/.sh', ['setuid'], { mode: '4755' }) } },
      expect: 'critical',
    },
    {
      name: 'bash itself',
      judgement: {
        change: {
          type: 'changed',
          before: oddFile('/usr/bin/bash', []),
          after: oddFile('/usr/bin/bash', ['setuid'], { mode: '4755' }),
        },
      },
      expect: 'high',
    },
    {
      name: 'of a group',
      judgement: { change: { type: 'added', after: oddFile('/usr/bin/x', ['setgid'], { mode: '2755' }) } },
      expect: 'high',
    },
    { name: 'no such bit', judgement: { change: { type: 'added', after: plainFile } }, expect: undefined },
    {
      name: 'it was before',
      judgement: {
        change: {
          type: 'changed',
          before: oddFile('/usr/bin/su', ['setuid']),
          after: oddFile('/usr/bin/su', ['setuid'], { mode: '4750' }),
        },
      },
      expect: undefined,
    },
  ],
});

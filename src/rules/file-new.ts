/** A file appeared where every file is watched. See docs/rules/file-new.md. */

import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { withFamily } from './file-family.ts';
import { aboutFile, isAnyBelow, isExecutable, plainFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'file-new',
  doc: 'A file, folder or link appeared where every file is watched.',
  on: 'files',
  table: files,
  attack: ['T1543', 'T1546'],
  types: ['added'],
  judge({ change, known, learning }) {
    if (change.type !== 'added' || known || learning) return undefined;
    const row = change.after;
    // What grows or is only there while something is written is watched for its rights alone.
    if (!row.watched || (row.type === 'file' && row.sha256 === '')) return undefined;
    const about = aboutFile(row);
    const kind = row.type === 'symlink' ? `link to ${shownPath(row.target)}` : row.type;
    return {
      ...about,
      severity: severityOf(row),
      title: `New ${row.type === 'directory' ? 'folder' : kind}: ${shownPath(row.path)}`,
      why: 'What lies there is read or run by the system; a new file is the quietest way to change what it does.',
      facts: { ...about.facts, ...(row.target !== '' && { target: row.target }) },
      // A folder is mostly made for what lies in it.
      folds: row.type === 'directory' ? [row.path, `${row.path}/`] : withFamily(row.path),
    };
  },
  samples: [
    { name: 'a text', judgement: { change: { type: 'added', after: plainFile } }, expect: 'low' },
    {
      name: 'a program for everybody',
      judgement: { change: { type: 'added', after: { ...plainFile, path: '/usr/local/bin/x', mode: '0755' } } },
      expect: 'medium',
    },
    {
      name: 'something beside the kernel',
      judgement: { change: { type: 'added', after: { ...plainFile, path: '/boot/initrd.img' } } },
      expect: 'medium',
    },
    {
      name: 'a folder',
      judgement: { change: { type: 'added', after: { ...plainFile, type: 'directory', sha256: '' } } },
      expect: 'info',
    },
    {
      name: 'an editor writes',
      judgement: { change: { type: 'added', after: { ...plainFile, path: '/etc/.motd.swp', sha256: '' } } },
      expect: undefined,
    },
    { name: 'normal', judgement: { change: { type: 'added', after: plainFile }, known: true }, expect: undefined },
  ],
});

function severityOf(row: FileRow): Severity {
  if (row.type === 'directory') return 'info';
  return isExecutable(row) || isAnyBelow(row.path, '/boot') ? 'medium' : 'low';
}

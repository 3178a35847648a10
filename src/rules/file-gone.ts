/** A watched file is gone. See docs/rules/file-gone.md. */

import { dirname } from 'node:path';
import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { withFamily } from './file-family.ts';
import { aboutFile, isAnyBelow, plainFile, shownPath } from './file-words.ts';

/** Lists without which the machine does not know its people. */
const VITAL: Readonly<Record<string, string>> = {
  '/etc/passwd': 'nobody has an account, and nobody can become root in the usual ways',
  '/etc/shadow': 'no password is accepted',
  '/etc/group': 'nobody is in a group',
};

export default defineRule<FileRow>({
  id: 'file-gone',
  doc: 'A watched file was removed or renamed.',
  on: 'files',
  table: files,
  attack: ['T1070.004', 'T1485'],
  types: ['removed'],
  judge({ change }) {
    if (change.type !== 'removed') return undefined;
    const row = change.before;
    if (!row.watched || row.type === 'directory' || (row.type === 'file' && row.sha256 === '')) return undefined;
    const vital = VITAL[row.path];
    return {
      ...aboutFile(row),
      severity: vital === undefined ? (isAnyBelow(row.path, '/boot') ? 'medium' : 'low') : 'critical',
      title: `${shownPath(row.path)} is gone${vital === undefined ? '' : `: ${vital}`}`,
      why: 'A file that the system or its administrators rely on was removed or renamed, and no package run explains it.',
      next: `ls -la --time-style=full-iso -- ${shellQuote(dirname(row.path))}`,
      folds: withFamily(row.path),
      // A folder of settings that is removed is one deed.
      ...(vital === undefined && { deed: `${dirname(row.path)}/` }),
    };
  },
  samples: [
    { name: 'a text', judgement: { change: { type: 'removed', before: plainFile } }, expect: 'low' },
    {
      name: 'a kernel',
      judgement: { change: { type: 'removed', before: { ...plainFile, path: '/boot/vmlinuz' } } },
      expect: 'medium',
    },
    {
      name: 'the list of accounts',
      judgement: { change: { type: 'removed', before: { ...plainFile, path: '/etc/passwd' } } },
      expect: 'critical',
    },
    {
      name: 'an odd file elsewhere',
      judgement: { change: { type: 'removed', before: { ...plainFile, watched: false } } },
      expect: undefined,
    },
  ],
});

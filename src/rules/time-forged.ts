/** The time of last change of a file was set. See docs/rules/time-forged.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { isCopyOfAccounts, withFamily } from './file-family.ts';
import { aboutFile, gained, oddFile, plainFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'time-forged',
  doc: 'A file says that it was changed earlier than it was, or in the future.',
  on: 'files',
  table: files,
  attack: ['T1070.006'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (known) return undefined;
    const back = gained(change, 'time set back');
    const row = back ?? gained(change, 'changed in the future');
    if (row === undefined) return undefined;
    // usermod(8) and its like give the copy that they keep the time of what they copied.
    if (back !== undefined && isCopyOfAccounts(row.path)) return undefined;
    const content = change.type === 'changed' && change.before.sha256 !== row.sha256;
    const about = aboutFile(row);
    // "2025-11-13 02:13 UTC": a year and a minute are enough to see that it is wrong.
    const says = `${new Date(row.mtimeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    return {
      ...about,
      severity: back === undefined ? 'low' : content ? 'high' : 'medium',
      title:
        back === undefined
          ? `${shownPath(row.path)} says that it was changed in the future: ${says}`
          : `${shownPath(row.path)} was changed and its time set back to ${says}`,
      why:
        back === undefined
          ? 'A clock was wrong, or somebody set the time; tools that look for what is newest are led astray.'
          : 'touch -r lets a changed file look as old as its neighbours; the kernel’s own time of change cannot be set.',
      next: `stat -- ${shellQuote(row.path)}`,
      facts: { ...about.facts, mtimeMs: row.mtimeMs, ctimeMs: row.ctimeMs },
      folds: withFamily(row.path),
    };
  },
  samples: [
    {
      name: 'changed and made to look old',
      judgement: {
        change: { type: 'changed', before: plainFile, after: { ...plainFile, sha256: 'b', signs: ['time set back'] } },
      },
      expect: 'high',
    },
    {
      name: 'only its time',
      judgement: { change: { type: 'changed', before: plainFile, after: { ...plainFile, signs: ['time set back'] } } },
      expect: 'medium',
    },
    {
      name: 'from the future',
      judgement: { change: { type: 'added', after: oddFile('/etc/x', ['changed in the future']) } },
      expect: 'low',
    },
    {
      name: 'the copy that usermod keeps',
      judgement: { change: { type: 'added', after: oddFile('/etc/passwd-', ['time set back']) } },
      expect: undefined,
    },
    { name: 'plain', judgement: { change: { type: 'added', after: plainFile } }, expect: undefined },
  ],
});

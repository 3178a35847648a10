/** A program lies where everyone may write. See docs/rules/program-put-in-open-place.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { aboutFile, gained, isAnyBelow, oddFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'program-put-in-open-place',
  doc: 'A program or script appeared in /tmp, /var/tmp, /dev/shm or /run.',
  on: 'files',
  table: files,
  attack: ['T1105', 'T1036'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    const row = known ? undefined : gained(change, 'program in open place');
    if (row === undefined) return undefined;
    const about = aboutFile(row);
    const severity = severityOf(row);
    const folder = row.path.slice(0, row.path.lastIndexOf('/'));
    return {
      ...about,
      severity,
      // What is unpacked into a folder there is one deed; whoever only shares /tmp has nothing to do with each other.
      ...(severity === 'low' && !/^\/(?:tmp|var\/tmp|dev\/shm|run)$/.test(folder) && { deed: `${folder}/` }),
      title: `A ${row.program === 'script' ? 'script' : 'program'} appeared where everyone may write: ${shownPath(row.path)}`,
      why: 'Droppers unpack there because every account may; what belongs to the system is installed elsewhere.',
      next: `file -- ${shellQuote(row.path)}; sha256sum -- ${shellQuote(row.path)}`,
      facts: { ...about.facts, program: row.program },
    };
  },
  samples: [
    {
      name: 'in memory only',
      judgement: {
        change: { type: 'added', after: oddFile('/dev/shm/x', ['program in open place'], { program: 'binary' }) },
      },
      expect: 'high',
    },
    {
      name: 'a compiler’s',
      judgement: {
        change: { type: 'added', after: oddFile('/tmp/b/a.out', ['program in open place'], { program: 'binary' }) },
      },
      expect: 'low',
    },
    {
      name: 'a script that nobody can run as it is',
      judgement: {
        change: {
          type: 'added',
          after: oddFile('/tmp/x.sh', ['program in open place'], { program: 'script', mode: '0644' }),
        },
      },
      expect: 'low',
    },
    {
      name: 'a text',
      judgement: { change: { type: 'added', after: oddFile('/tmp/notes', []) } },
      expect: undefined,
    },
  ],
});

function severityOf(row: FileRow): Severity {
  const hidden = row.signs.includes('hidden program') || isAnyBelow(row.path, '/dev/shm', '/run');
  if (hidden && row.program === 'binary') return 'high';
  // Compilers and installers unpack there all day: what is run from there is told by program-in-open-place.
  return 'low';
}

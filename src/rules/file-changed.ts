/** A watched file is not as it was. See docs/rules/file-changed.md. */

import { plural } from '#lib/plural.ts';
import type { Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import type { Cell } from '#model/table.ts';
import { type FileRow, files } from '#sensors/files.ts';
import { withFamily } from './file-family.ts';
import { aboutFile, isAnyBelow, isExecutable, plainFile, shownPath } from './file-words.ts';

export default defineRule<FileRow>({
  id: 'file-changed',
  doc: 'The content, kind, owner or permissions of a watched file changed.',
  on: 'files',
  table: files,
  attack: ['T1565.001', 'T1222.002'],
  types: ['changed'],
  judge({ change, known }) {
    if (change.type !== 'changed' || known || !change.before.watched || !change.after.watched) return undefined;
    const { before, after } = change;
    const what = whatChanged(before, after);
    const about = aboutFile(after);
    if (what.length === 0) return rewritten(before, after);
    return {
      ...about,
      severity: severityOf(before, after),
      title: `${shownPath(after.path)} was changed: ${what.map(([words]) => words).join(', ')}`,
      why: 'It is one of the files that decide how this host works, and no package run explains the change.',
      next: about.next,
      facts: {
        ...about.facts,
        ...Object.fromEntries(what.flatMap(([, facts]) => Object.entries(facts))),
        ...(after.difference !== '' && before.sha256 !== after.sha256 && { diff: after.difference }),
      },
      folds: withFamily(after.path),
    };
  },
  samples: [
    {
      name: 'another text',
      judgement: {
        change: { type: 'changed', before: plainFile, after: { ...plainFile, sha256: 'b', difference: '-a\n+b' } },
      },
      expect: 'medium',
    },
    {
      name: 'a program for everybody was exchanged',
      judgement: {
        change: {
          type: 'changed',
          before: { ...plainFile, path: '/usr/local/bin/backup', mode: '0755' },
          after: { ...plainFile, path: '/usr/local/bin/backup', mode: '0755', sha256: 'b' },
        },
      },
      expect: 'high',
    },
    {
      name: 'only the permissions, to fewer',
      judgement: { change: { type: 'changed', before: plainFile, after: { ...plainFile, mode: '0600' } } },
      expect: 'low',
    },
    {
      name: 'everyone may read it now',
      judgement: { change: { type: 'changed', before: { ...plainFile, mode: '0640' }, after: plainFile } },
      expect: 'medium',
    },
    {
      name: 'changed and changed back',
      judgement: {
        change: { type: 'changed', before: plainFile, after: { ...plainFile, rewrittenMs: 5, difference: '-a\n+b' } },
      },
      expect: 'medium',
    },
    {
      name: 'written more than once with what it held',
      judgement: { change: { type: 'changed', before: plainFile, after: { ...plainFile, rewrittenMs: 5 } } },
      expect: 'info',
    },
    {
      name: 'told before as written',
      judgement: { change: { type: 'changed', before: { ...plainFile, rewrittenMs: 5 }, after: plainFile } },
      expect: undefined,
    },
    {
      name: 'back to what is normal',
      judgement: { change: { type: 'changed', before: plainFile, after: { ...plainFile, sha256: 'b' } }, known: true },
      expect: undefined,
    },
    {
      name: 'an odd file elsewhere',
      judgement: {
        change: {
          type: 'changed',
          before: { ...plainFile, watched: false },
          after: { ...plainFile, watched: false, mode: '4755' },
        },
      },
      expect: undefined,
    },
  ],
});

type What = readonly [words: string, facts: Readonly<Record<string, Cell>>];

function whatChanged(before: FileRow, after: FileRow): What[] {
  const what: What[] = [];
  const differs = (name: 'type' | 'target' | 'mode' | 'owner' | 'group', words: string): void => {
    if (before[name] !== after[name])
      what.push([`${words} ${before[name]} → ${after[name]}`, { [`${name}Before`]: before[name] }]);
  };
  differs('type', 'kind');
  if (after.type === 'symlink') differs('target', 'leads to');
  if (before.type === after.type && before.sha256 !== after.sha256) what.push([contentWords(before, after), {}]);
  differs('mode', 'permissions');
  differs('owner', 'owner');
  differs('group', 'group');
  if (before.attributes !== after.attributes && before.capabilities === after.capabilities)
    what.push(['extended attributes or access list', { attributes: after.attributes }]);
  return what;
}

function contentWords(before: FileRow, after: FileRow): string {
  const lines = after.difference.split('\n');
  const count = (sign: string): number => lines.filter((line) => line.startsWith(sign)).length;
  if (count('+') + count('-') === 0) return `content (${before.sizeBytes} → ${after.sizeBytes} bytes)`;
  return `${plural(count('+'), 'line')} added, ${count('-')} removed`;
}

function severityOf(before: FileRow, after: FileRow): Severity {
  const content = before.sha256 !== after.sha256 || before.type !== after.type || before.target !== after.target;
  if (content && (isExecutable(after) || isAnyBelow(after.path, '/boot'))) return 'high';
  const bits = (row: FileRow): number => Number.parseInt(row.mode, 8);
  const opened = (bits(after) & ~bits(before) & 0o077) !== 0;
  return content || opened || before.owner !== after.owner ? 'medium' : 'low';
}

/** Its content is as it was, but somebody wrote it. */
function rewritten(before: FileRow, after: FileRow) {
  if (after.rewrittenMs === 0 || before.rewrittenMs === after.rewrittenMs) return undefined;
  const about = aboutFile(after);
  const back = after.difference !== '';
  return {
    ...about,
    severity: back ? ('medium' as const) : ('info' as const),
    title: back
      ? `${shownPath(after.path)} was changed for a moment, and is as before`
      : `${shownPath(after.path)} was written more than once, and holds what it held`,
    why: back
      ? 'What is changed and changed back leaves no trace: a rule, a key or a line may have been there just long enough.'
      : 'Something wrote it more than once within a moment, and left it as it was; what stood there meanwhile nobody saw.',
    facts: { ...about.facts, ...(back && { diff: after.difference }) },
    folds: withFamily(after.path),
    over: true,
  };
}

/** A file is not as its package shipped it. See docs/rules/package-file-altered.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding, Severity } from '#model/finding.ts';
import { defineRule } from '#model/sensor.ts';
import { type PackageFileRow, packageFiles } from '#sensors/package-files.ts';
import { alteredProgram, shownPath } from './file-words.ts';

const RIGHTS = ['mode', 'owner', 'capabilities'];

export default defineRule<PackageFileRow>({
  id: 'package-file-altered',
  doc: 'The content, permissions or owner of a file is not what its package shipped.',
  on: 'package-files',
  table: packageFiles,
  attack: ['T1554', 'T1601'],
  types: ['added', 'changed'],
  judge({ change, known, learning, touched }) {
    if (change.type === 'removed' || known) return undefined;
    const row = change.after;
    // Administrators change configuration; the table of files tells of it with the difference.
    if (row.conffile) return undefined;
    const before = change.type === 'changed' ? change.before : undefined;
    const news = contentNews(row, before) ?? rightsNews(row, before);
    if (news === undefined) return undefined;
    const next = `dpkg -V ${shellQuote(row.package)}; apt-get install --reinstall ${shellQuote(row.package)}`;
    // Of a library, a module of PAM or ourselves another rule says what it means.
    const folds = (!learning || touched === true) && { folds: row.path };
    return { subject: row.path, next, facts: factsOf(row), ...news, ...folds };
  },
  samples: [
    { name: 'a program', judgement: { change: { type: 'added', after: alteredProgram } }, expect: 'critical' },
    {
      name: 'a script',
      judgement: {
        change: { type: 'added', after: { ...alteredProgram, path: '/usr/share/x/run', program: 'script' } },
      },
      expect: 'high',
    },
    {
      name: 'a text',
      judgement: { change: { type: 'added', after: { ...alteredProgram, path: '/usr/share/x/a', program: '' } } },
      expect: 'medium',
    },
    {
      name: 'documentation',
      judgement: { change: { type: 'added', after: { ...alteredProgram, path: '/usr/share/doc/a', program: '' } } },
      expect: 'low',
    },
    {
      name: 'only its mode',
      judgement: {
        change: { type: 'added', after: { ...alteredProgram, wrong: ['mode'], mark: '', rights: '755 → 4755' } },
      },
      expect: 'high',
    },
    {
      name: 'altered once more',
      judgement: { change: { type: 'changed', before: alteredProgram, after: { ...alteredProgram, mark: 'ff' } } },
      expect: 'critical',
    },
    {
      name: 'configuration',
      judgement: { change: { type: 'added', after: { ...alteredProgram, conffile: true } } },
      expect: undefined,
    },
    {
      name: 'missing is another matter',
      judgement: { change: { type: 'added', after: { ...alteredProgram, wrong: ['missing'] } } },
      expect: undefined,
    },
  ],
});

type News = Pick<Finding, 'severity' | 'title' | 'why' | 'dangerous'>;

function contentNews(row: PackageFileRow, before: PackageFileRow | undefined): News | undefined {
  if (!row.wrong.includes('altered')) return undefined;
  if (before?.mark === row.mark && before.wrong.includes('altered')) return undefined;
  return {
    severity: severityOf(row),
    title: `${shownPath(row.path)} is not the file that package ${row.package} shipped`,
    why: 'Its content differs from the sum that the package brought, and no package run explains it: so are programs exchanged for ones with a back door.',
    dangerous: isMachineCode(row),
  };
}

function rightsNews(row: PackageFileRow, before: PackageFileRow | undefined): News | undefined {
  const rights = RIGHTS.filter((word) => row.wrong.includes(word) && before?.wrong.includes(word) !== true);
  if (rights.length === 0) return undefined;
  return {
    severity: 'high',
    title: `${shownPath(row.path)} of package ${row.package} has other rights: ${row.rights === '' ? rights.join(', ') : row.rights}`,
    why: 'The package did not set them so; a setuid bit or an open mode on a known program is a way back to root.',
  };
}

function isMachineCode({ path, program }: PackageFileRow): boolean {
  return program === 'binary' || /\.(?:so|ko)(?:\.|$)/.test(path) || /^\/usr\/s?bin\//.test(path);
}

function severityOf(row: PackageFileRow): Severity {
  if (isMachineCode(row)) return 'critical';
  if (row.program !== '') return 'high';
  return /^\/usr\/share\/(?:doc|man|info|locale|icons|fonts)\//.test(row.path) ? 'low' : 'medium';
}

/** What is told of a file of a package. */
export function factsOf({ path, package: name, wrong, mark, rights, mode, owner, sizeBytes }: PackageFileRow) {
  return {
    file: path,
    wrong,
    mode,
    owner,
    sizeBytes,
    ...(name !== '' && { package: name }),
    ...(mark !== '' && { md5Begins: mark }),
    ...(rights !== '' && { rights }),
  };
}

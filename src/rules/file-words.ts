/** Words about files that their rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Change } from '#model/table.ts';
import type { FileSign } from '#sensors/file-signs.ts';
import type { FileRow } from '#sensors/files.ts';
import type { PackageFileRow } from '#sensors/package-files.ts';

/** A path as it may stand in a sentence. */
export function shownPath(path: string): string {
  return shorten(visible(path), 120);
}

/** What the row is after the change when it has that sign and had not before; else undefined. */
export function gained(change: Change<FileRow>, sign: FileSign): FileRow | undefined {
  if (change.type === 'removed' || !change.after.signs.includes(sign)) return undefined;
  const had = change.type === 'changed' && change.before.signs.includes(sign);
  return had ? undefined : change.after;
}

export function isAnyBelow(path: string, ...folders: readonly string[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

/** Others than its owner may write it. */
export function isWritableByOthers({ mode }: Pick<FileRow, 'mode'>): boolean {
  return (Number.parseInt(mode, 8) & 0o022) !== 0;
}

export function isExecutable({ mode, type }: Pick<FileRow, 'mode' | 'type'>): boolean {
  return type === 'file' && (Number.parseInt(mode, 8) & 0o111) !== 0;
}

/** Facts that each finding about a file has. */
export function aboutFile(row: FileRow) {
  const { path, mode, owner, group, package: name, sizeBytes } = row;
  return {
    subject: path,
    facts: { file: path, mode, owner, group, sizeBytes, ...(name !== '' && { package: name }) },
    next: `ls -la --time-style=full-iso -- ${shellQuote(path)}; stat -- ${shellQuote(path)}`,
  };
}

/** A configuration file as it is shipped. */
export const plainFile: FileRow = {
  path: '/etc/motd',
  type: 'file',
  mode: '0644',
  owner: 'root',
  group: 'root',
  sizeBytes: 286,
  sha256: 'a3c1…',
  target: '',
  capabilities: '',
  attributes: '',
  flags: [],
  signs: [],
  rewrittenMs: 0,
  watched: true,
  program: '',
  package: '',
  difference: '',
  inode: 4711,
  links: 1,
  mtimeMs: 1_763_000_000_000,
  ctimeMs: 1_763_000_000_000,
  bornMs: 1_763_000_000_000,
};

/** A file that nobody watches, and that is odd. */
export function oddFile(path: string, signs: readonly FileSign[], more: Partial<FileRow> = {}): FileRow {
  return { ...plainFile, path, signs, sha256: '', watched: false, mode: '0755', ...more };
}

/** A program of a package that was exchanged. */
export const alteredProgram: PackageFileRow = {
  path: '/usr/bin/ls',
  package: 'coreutils',
  wrong: ['altered'],
  mark: '0123456789ab',
  rights: '',
  conffile: false,
  program: 'binary',
  mode: '0755',
  owner: 'root',
  sizeBytes: 151_344,
  mtimeMs: 1_763_000_000_000,
};

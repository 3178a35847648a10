/** Rows that were read from files: who touched the file last, and whether a package run explains it. */

import type { Finding } from '#model/finding.ts';
import { type Host, isFailure, type PackageRun, type Writer } from '#model/host.ts';
import type { Change, Table } from '#model/table.ts';
import { changeIn } from './explain.ts';

/** The file behind a change, and its last writer as far as known. */
export interface Touch {
  readonly path: string;
  readonly writer: Writer | undefined;
  /** Of a row that is gone, whose file is gone as well: the package that its row named, "" where none. */
  readonly wasOf?: string;
}

/** Where dpkg writes down what is installed. */
const STATUS = '/var/lib/dpkg/status';
/** Who removes a folder with all that is in it is heard of by the folders, not by each file. */
const foldersAbove = 4;

/** Undefined for tables that do not come from files. */
export function touch(table: Table, change: Change, host: Pick<Host, 'writerOf' | 'files'>): Touch | undefined {
  if (table.file === undefined) return undefined;
  const row = change.type === 'removed' ? change.before : change.after;
  const path = row[table.file];
  if (typeof path !== 'string' || path === '') return undefined;
  const writer = host.writerOf(path);
  if (change.type !== 'removed' || !isGone(path, host)) return { path, writer };
  const { package: wasOf } = row;
  return { path, writer: writer ?? removerOf(path, host), ...(typeof wasOf === 'string' && { wasOf }) };
}

function isGone(path: string, { files }: Pick<Host, 'files'>): boolean {
  const stat = files.stat(path);
  return isFailure(stat) && (stat.error === 'ENOENT' || stat.error === 'ENOTDIR');
}

/** The last to touch the nearest folder that is gone as well. */
function removerOf(path: string, host: Pick<Host, 'writerOf' | 'files'>): Writer | undefined {
  let folder = path;
  for (let count = 0; count < foldersAbove; count += 1) {
    folder = folder.slice(0, folder.lastIndexOf('/'));
    if (folder === '' || !isGone(folder, host)) return undefined;
    const writer = host.writerOf(folder);
    if (writer !== undefined) return writer;
  }
  return undefined;
}

/** The finding with who touched the file, where the rule could not say who it was. */
export function withWriter(finding: Finding, touched: Touch | undefined): Finding {
  if (touched === undefined) return finding;
  const facts = finding.facts['file'] === undefined ? { ...finding.facts, file: touched.path } : finding.facts;
  const who = finding.who ?? touched.writer?.who;
  return { ...finding, facts, ...(who && { who }) };
}

/**
 * Words for a proven explanation by the package run that is going on or has just ended, or undefined. Proven is: the
 * file belongs to a package of the run and is as packaged, or dpkg itself put it there (of settings no sum is known
 * before they are configured); or it went with its package; or what dpkg started touched it. What is dangerous in
 * itself, or a way in, is never explained by who did it, for a package's scripts run as root.
 */
export function explainedTouch(
  finding: Finding,
  touched: Touch | undefined,
  at: { readonly host: Pick<Host, 'packages'>; readonly run: PackageRun | undefined },
): string | undefined {
  const { run, host } = at;
  if (touched === undefined || run === undefined) return undefined;
  const { path, writer } = touched;
  const words = wordsFor(path, host, run);
  if (words !== undefined && host.packages.verify(path) === 'same') return `${words}, the file is as packaged`;
  if (finding.dangerous === true) return undefined;
  if (words !== undefined && writer?.isDpkg === true) return `${words}, dpkg put the file there`;
  return (
    byLog(finding, touched, run) ??
    wentWithIt(touched, run) ??
    (finding.onlyAsPackaged === true ? undefined : byScript(writer))
  );
}

/** What the run did to the package that owns the file; undefined where it has no part in the run. */
function wordsFor(path: string, { packages }: Pick<Host, 'packages'>, run: PackageRun): string | undefined {
  const name = packages.ownerOf(path);
  const change = name === '' ? undefined : changeIn(run, name);
  return change === undefined ? undefined : `package run: ${change === '' ? name : change}`;
}

/** A package that dpkg's own log says it changed: on a busy host the dpkg that wrote it down was gone before it was proven. */
function byLog({ facts }: Finding, { path }: Touch, run: PackageRun): string | undefined {
  const { package: name } = facts;
  const change = path === STATUS && typeof name === 'string' ? changeIn(run, name) : undefined;
  return change === undefined || change === '' ? undefined : `package run: ${change}`;
}

/** Who removed it may be forgotten among thousands of files of the same run. */
function wentWithIt({ wasOf = '' }: Touch, run: PackageRun): string | undefined {
  const removed = wasOf === '' ? undefined : changeIn(run, wasOf);
  return removed?.endsWith(' removed') === true ? `package run: ${removed}, and its file with it` : undefined;
}

function byScript(writer: Writer | undefined): string | undefined {
  if (writer?.underDpkg !== true) return undefined;
  return `package run: ${writer.who.comm === '' ? 'dpkg' : writer.who.comm} did it for dpkg`;
}

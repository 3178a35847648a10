/** Rows that were read from files: who touched the file last, and whether a package run explains it. */

import type { Finding } from '#model/finding.ts';
import type { Host, PackageRun, Writer } from '#model/host.ts';
import type { Change, Table } from '#model/table.ts';
import { changeIn } from './explain.ts';

/** The file behind a change, and its last writer as far as known. */
export interface Touch {
  readonly path: string;
  readonly writer: Writer | undefined;
}

/** Undefined for tables that do not come from files. */
export function touch(table: Table, change: Change, host: Pick<Host, 'writerOf'>): Touch | undefined {
  if (table.file === undefined) return undefined;
  const row = change.type === 'removed' ? change.before : change.after;
  const path = row[table.file];
  return typeof path === 'string' && path !== '' ? { path, writer: host.writerOf(path) } : undefined;
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
 * before they are configured); or what dpkg started touched it. What is dangerous in itself, or a way in, is never
 * explained by who did it, for a package's scripts run as root.
 */
export function explainedTouch(
  finding: Finding,
  touched: Touch | undefined,
  at: { readonly host: Pick<Host, 'packages'>; readonly run: PackageRun | undefined },
): string | undefined {
  const { run, host } = at;
  if (touched === undefined || run === undefined) return undefined;
  const { path, writer } = touched;
  const name = host.packages.ownerOf(path);
  const change = name === '' ? undefined : changeIn(run, name);
  const words = `package run: ${change === '' ? name : change}`;
  if (change !== undefined && host.packages.verify(path) === 'same') return `${words}, the file is as packaged`;
  if (finding.dangerous === true) return undefined;
  if (change !== undefined && writer?.isDpkg === true) return `${words}, dpkg put the file there`;
  return finding.onlyAsPackaged === true ? undefined : byScript(writer);
}

function byScript(writer: Writer | undefined): string | undefined {
  if (writer?.underDpkg !== true) return undefined;
  return `package run: ${writer.who.comm === '' ? 'dpkg' : writer.who.comm} did it for dpkg`;
}

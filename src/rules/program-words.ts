/** Words that the rules about programs and processes share. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Who } from '#model/finding.ts';
import type { Cell } from '#model/table.ts';

/** What the rows of `programs` and of `odd-processes` have in common. */
export interface ProgramLike {
  readonly exe: string;
  readonly exeNow: string;
  readonly script: string;
  readonly user: string;
  readonly uid: number;
  readonly from: string;
  readonly pid: number;
  readonly comm: string;
  readonly cmdline: string;
  readonly parents: readonly string[];
  readonly unitNow: string;
  readonly session: string;
  readonly package: string;
  readonly packageState: string;
  readonly exePlace: string;
  readonly exeState: string;
  readonly startedMs: number;
  readonly count: number;
  readonly asStarted: boolean;
}

/** File name of the executable, for an interpreter with its script: "python3.11 (/srv/app.py)". Made visible. */
export function programName(row: ProgramLike): string {
  const file = row.exeNow.slice(row.exeNow.lastIndexOf('/') + 1) || row.comm || 'a program that could not be told';
  const name = shorten(visible(file), 40);
  return row.script === '' || row.script === '-c' ? name : `${name} (${shorten(visible(row.script), 80)})`;
}

/** The path, made visible. */
export function pathOf(row: ProgramLike): string {
  return shorten(visible(row.script.startsWith('/') ? row.script : row.exeNow), 160);
}

/** "www-data" or "an unknown user". */
export function userOf(row: ProgramLike): string {
  return row.user === '' ? 'an unknown user' : visible(row.user);
}

/** "Started by www-data as part of apache2.service. Its parent is sh (4700). No package owns it." */
export function startedBy(row: ProgramLike): string {
  const unit = row.unitNow || row.from;
  const part = unit === '' ? '' : ` as part of ${shorten(visible(unit), 80)}`;
  const parent = row.parents[0] === undefined ? '' : ` Its parent is ${visible(row.parents[0])}.`;
  return `Started by ${userOf(row)}${part}.${parent}${shipped(row)}`;
}

function shipped(row: ProgramLike): string {
  if (row.packageState === 'unpackaged') return ' No package owns it.';
  if (row.packageState === 'altered') return ` It is not the file that package ${visible(row.package)} shipped.`;
  return row.packageState === 'packaged' && row.package !== '' ? ` It belongs to package ${visible(row.package)}.` : '';
}

/** The oldest process of a row. */
export function whoRuns(row: ProgramLike): Who {
  return {
    pid: row.pid,
    exe: row.exeNow,
    comm: row.comm,
    cmdline: row.cmdline,
    user: row.user,
    uid: row.uid,
    parents: row.parents,
    unit: row.unitNow,
    package: row.package,
    session: row.session,
    startedMs: row.startedMs,
    ...(row.asStarted ? { asStarted: true } : {}),
  };
}

/** Facts under the names that scripts read. */
export function programFacts(row: ProgramLike): Record<string, Cell> {
  const { exe, script, user, from, count, packageState, exeState } = row;
  const facts: Record<string, Cell> = { exe, user, from, count, packageState, exeState };
  if (script !== '') facts['script'] = script;
  if (row.exePlace !== '') facts['exePlace'] = row.exePlace;
  return facts;
}

/** Commands to paste; names are quoted, because an attacker chose them. */
export function programSteps(row: ProgramLike): string {
  const steps = [`telltale processes pid ${row.pid} --tree`];
  const path = row.script.startsWith('/') ? row.script : row.exeNow;
  if (path.startsWith('/') && row.exeState === 'present')
    steps.push(`ls -la -- ${shellQuote(path)}`, `sha256sum -- ${shellQuote(path)}`);
  else steps.push(`ls -l /proc/${row.pid}/exe`);
  return steps.join('; ');
}

/** Name of the deed that a process did by running: what is found of it within seconds is one alert. */
export function runOf(pid: number): string {
  return `run ${pid}`;
}

/** Names of the deed by which a process lives apart: its own, or its parent's (unshare makes one apart and goes on outside). */
export function apartOf(row: Pick<ProgramLike, 'pid' | 'parents'>): readonly string[] {
  const parent = /\((\d{1,10})\)$/.exec(row.parents[0] ?? '')?.[1];
  return [`apart ${row.pid}`, ...(parent === undefined ? [] : [`apart ${parent}`])];
}

/** Stable identity as text: never a pid. */
export function programSubject(row: ProgramLike): string {
  return [row.exe, row.script, row.from, row.user].filter((part) => part !== '').join(' ');
}

/** What every finding about a program holds. */
export function aboutProgram(row: ProgramLike) {
  return { subject: programSubject(row), facts: programFacts(row), next: programSteps(row), who: whoRuns(row) };
}

/** What every finding about an odd process holds. */
export function aboutSign(
  row: ProgramLike & { readonly sign: string; readonly value: string; readonly detail: string },
) {
  const { sign, value, detail } = row;
  const facts: Record<string, Cell> = { sign, ...programFacts(row) };
  if (value !== '') facts['value'] = value;
  if (detail !== '') facts['detail'] = detail;
  const subject = [sign, value, programSubject(row)].filter((part) => part !== '').join(' ');
  return { ...aboutProgram(row), subject, facts, whole: [runOf(row.pid)] };
}

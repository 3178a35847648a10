/** Why a change is no trouble: it comes from a package run that is going on, or from our own hand. */

import type { Finding, Who } from '#model/finding.ts';
import type { Host, PackageRun } from '#model/host.ts';
import type { Row } from '#model/table.ts';

/** The explanation of what we did ourselves. */
export const ownHand = 'Telltale itself';

type Known = Pick<Host, 'own' | 'processes' | 'packages' | 'isDpkg'>;

/** Ancestors that are asked whether they are dpkg: apt, dpkg, the script, and what it calls. */
const asked = 16;

/** Words for a proven explanation, or undefined. `gone`: the change is a removal, so its pid may be another's by now. */
export function explanationOf(
  who: Who | undefined,
  host: Known,
  at: { readonly run: PackageRun | undefined; readonly gone: boolean },
): string | undefined {
  if (who === undefined) return undefined;
  if (!at.gone && isOwnHand(who, host)) return ownHand;
  return at.run === undefined ? undefined : byPackageRun(who, host, at.run);
}

/** Does a process of ours stand behind this row? By convention a table names the process in the column "pid". */
export function isOurs(host: Pick<Host, 'own'>, row: Row): boolean {
  const { pid } = row;
  return typeof pid === 'number' && host.own.has(pid);
}

/**
 * A process of ours, or a child of one that runs our own program: a shell that broke out of our web process is not our
 * hand only because it is its child.
 */
function isOwnHand(who: Who, host: Known): boolean {
  if (who.pid === 0 || host.own.size === 0) return false;
  if (host.own.has(who.pid)) return true;
  const parent = host.processes.parents(who.pid, 8).find((process) => host.own.has(process.pid));
  return parent !== undefined && parent.exe !== '' && parent.exe === who.exe;
}

/**
 * Words where dpkg started the process, over any number of parents, while the run went on; or undefined. Only for what
 * is not dangerous in itself: the scripts of a package run as root.
 */
export function startedByDpkg(finding: Finding, host: Known, run: PackageRun | undefined): string | undefined {
  const { who, dangerous, onlyAsPackaged } = finding;
  if (run === undefined || who === undefined || who.pid <= 0) return undefined;
  if (dangerous === true || onlyAsPackaged === true) return undefined;
  if (run.endedMs !== 0 && who.startedMs > run.endedMs) return undefined;
  // A program of a package that has no part in the run is no script of it: an altered one stays news.
  if (who.package !== '' && changeIn(run, who.package) === undefined) return undefined;
  const parents = host.processes.parents(who.pid, asked);
  return parents.some((process) => host.isDpkg?.(process) === true) ? 'package run: dpkg started it' : undefined;
}

/** What the run, or one shortly before it, did to a package; undefined: nothing. */
export function changeIn({ packages, before }: PackageRun, name: string): string | undefined {
  return packages.get(name) ?? before?.get(name);
}

/** The program belongs to a package of the run, and the file is as the package shipped it. */
function byPackageRun(who: Who, host: Known, run: PackageRun): string | undefined {
  if (who.exe === '' || who.asStarted === true) return undefined;
  const name = who.package === '' ? host.packages.ownerOf(who.exe) : who.package;
  const change = name === '' ? undefined : changeIn(run, name);
  if (change === undefined || host.packages.verify(who.exe) !== 'same') return undefined;
  return `package run: ${change === '' ? name : change}, the program is as packaged`;
}

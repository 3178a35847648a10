/** What groups alerts into one notice: the package run, the login session or the parent process behind them. */

import type { Finding } from '#model/finding.ts';
import type { Host, PackageRun } from '#model/host.ts';

/** Processes that start everything: what they started has nothing else in common. */
const commonParents: ReadonlySet<number> = new Set([0, 1, 2]);

/**
 * Cause of a finding as text, e.g. "session:12". A parent is named by pid and start, so that a reused pid is another
 * cause. "" when nothing is known but the finding itself.
 */
export function causeOf(finding: Finding, host: Pick<Host, 'processes'>, run: PackageRun | undefined): string {
  const { who } = finding;
  if (who === undefined) return '';
  const inRun = run !== undefined && who.package !== '' && run.packages.has(who.package);
  if (inRun) return `package-run:${run.startedMs}`;
  if (who.session !== '') return `session:${who.session}`;
  return processCause(who.pid, who.startedMs, host);
}

function processCause(pid: number, startedMs: number, host: Pick<Host, 'processes'>): string {
  if (pid === 0) return '';
  const own = host.processes.get(pid);
  const [parent] = host.processes.parents(pid, 1);
  if (parent !== undefined && !commonParents.has(parent.pid)) return `parent:${parent.pid}:${parent.startTicks}`;
  return `process:${pid}:${own?.startTicks ?? startedMs}`;
}

/** Unit, login session and container of a process, from the text of /proc/PID/cgroup: see cgroups(7), systemd.slice(5). */

import { stableUnit } from './stable-names.ts';

/** Where a process belongs. `unit` is stable over restarts (see stable-names.ts); each is "" where there is none. */
export interface Belonging {
  readonly unit: string;
  /** The unit as it is called now, e.g. "session-12.scope". */
  readonly unitNow: string;
  /** Login session, e.g. "12" of session-12.scope. */
  readonly session: string;
  /** Container engine ("docker", "podman", "lxc", "kubernetes", "flatpak", "nspawn"), or "". */
  readonly container: string;
}

const UNIT = /\.(?:service|scope|socket)$/;
const NONE: Belonging = { unit: '', unitNow: '', session: '', container: '' };

const engines: readonly (readonly [engine: string, sign: RegExp])[] = [
  ['kubernetes', /kubepods|cri-containerd|crio-/],
  ['docker', /(?:^|\/)docker[-/][0-9a-f]{12}/],
  ['podman', /libpod-[0-9a-f]{12}/],
  ['lxc', /(?:^|\/)lxc(?:\.payload)?[./]/],
  ['nspawn', /machine\.slice\/(?:machine-|systemd-nspawn@)/],
  ['flatpak', /app-flatpak-/],
];

/** Reads the whole text or one path of it; the unified hierarchy wins over systemd's named one (cgroup v1). */
export function belongingOf(cgroup: string): Belonging {
  if (cgroup === '') return NONE;
  const path = bestPath(cgroup);
  const parts = path.split('/').filter((part) => part !== '');
  const last = parts.findLast((part) => UNIT.test(part)) ?? '';
  const container = engines.find(([, sign]) => sign.test(cgroup))?.[0] ?? '';
  const manager = parts.find((part) => part.startsWith('user@') && part.endsWith('.service'));
  const session = parts.find((part) => part.startsWith('session-'))?.match(/^session-(c?\d{1,10})\.scope$/)?.[1] ?? '';
  const nested = manager !== undefined && manager !== last && last !== '';
  return {
    unit: nested ? `user@*.service/${stableUnit(last)}` : stableUnit(last),
    unitNow: nested ? `${manager}/${last}` : last,
    session,
    container,
  };
}

function bestPath(cgroup: string): string {
  if (cgroup.startsWith('/')) return cgroup.split('\n', 1)[0] ?? '';
  let best = '';
  for (const line of cgroup.split('\n', 64)) {
    const second = line.indexOf(':', line.indexOf(':') + 1);
    const path = second < 0 ? '' : line.slice(second + 1);
    if (line.startsWith('0::') && path !== '/' && path !== '') return path;
    if (line.includes(':name=systemd:') && path !== '/') best = path;
  }
  return best;
}

/** Which processes live apart together, and what of the host they can reach: rows of the table `namespaces`. */

import { type Mount, parseMountinfo } from '#formats/mountinfo.ts';
import { stableExePath } from '#formats/stable-names.ts';
import { type Host, isFailure, type ProcessFacts } from '#model/host.ts';
import type { NamespaceRow } from './namespace-table.ts';
import { fromOf, namesOf } from './process-origin.ts';
import type { Running } from './process-scan.ts';
import { keptProgram } from './program-row.ts';

const KINDS = ['mnt', 'net', 'pid', 'user'] as const;
const CMDLINE = 1024;
const MOUNTS_BYTES = 4 << 20;
const LINK = /^[a-z]+:\[(\d{1,15})\]$/;
const SOCKETS = /(?:docker|podman|containerd|crio)\.sock$/;
/** Capabilities that lead out of a container where no user namespace makes them harmless; capabilities(7). */
const WAYS_OUT: readonly (readonly [bit: bigint, name: string])[] = [
  [16n, 'CAP_SYS_MODULE'],
  [17n, 'CAP_SYS_RAWIO'],
  [19n, 'CAP_SYS_PTRACE'],
  [21n, 'CAP_SYS_ADMIN'],
];

/** Inode numbers of the namespaces of a process. */
export type Apart = Readonly<Record<(typeof KINDS)[number], number>>;

/** Processes that share all four. */
export interface Group {
  /** The four numbers as text. */
  readonly id: string;
  /** Those that are not the host's. */
  readonly kinds: string;
  readonly members: Running[];
}

/** A program of an engine is in the control group of a container before it is in its namespaces. */
const ENGINE = /^(?:\/memfd:runc_cloned:.*|.*\/(?:runc|crun|youki|conmon|containerd-shim\S*|docker-init|lxc-\S+))$/;
const SETTLED_MS = 400;

/** The host's own namespaces: ours where only our network namespace is watched, or process 1 cannot be asked. */
export function homeOf(host: Host): Apart | undefined {
  const own = (): Apart | undefined => apartOf(host, '/proc/self/ns');
  return host.scope === 'own' ? own() : (apartOf(host, '/proc/1/ns') ?? own());
}

/** The group of a process, alone in it; undefined where it lives with the host, or cannot be asked. */
export function groupOf(host: Host, process: Running, home: Apart): Group | undefined {
  const own = apartOf(host, `/proc/${process.pid}/ns`);
  if (own === undefined) return undefined;
  const kinds = KINDS.filter((kind) => own[kind] !== home[kind]).join(' ');
  const settled = host.clock.nowMs() - process.startedMs >= SETTLED_MS;
  if (kinds === '' && !(settled && isOut(process, kinds))) return undefined;
  const out = isOut(process, kinds) ? ' out' : '';
  return { id: `${KINDS.map((kind) => own[kind]).join(' ')}${out}`, kinds, members: [process] };
}

/** Adds a process to its group, if it lives apart. */
export function placeIn(groups: Map<string, Group>, host: Host, process: Running, home: Apart): void {
  const alone = groupOf(host, process, home);
  if (alone === undefined) return;
  const group = groups.get(alone.id);
  if (group === undefined) groups.set(alone.id, alone);
  else group.members.push(process);
}

/** Belongs to a container by its control group, and sees the files of the host. */
function isOut({ container, exe }: Running, kinds: string): boolean {
  return container !== '' && !kinds.includes('mnt') && !ENGINE.test(exe);
}

function apartOf(host: Host, folder: string): Apart | undefined {
  const inodes = KINDS.map((kind) => {
    const link = host.files.readlink(`${folder}/${kind}`);
    const match = isFailure(link) ? null : LINK.exec(link);
    return match === null ? 0 : Number(match[1]);
  });
  if (inodes.includes(0)) return undefined;
  const [mnt = 0, net = 0, pid = 0, user = 0] = inodes;
  return { mnt, net, pid, user };
}

/** The row of a group, known by its oldest process. */
export function namespaceRow(
  host: Host,
  group: Group,
  ancestorsOf: (process: Running) => readonly ProcessFacts[],
): NamespaceRow {
  const oldest = group.members.reduce((a, b) => (a.startTicks <= b.startTicks ? a : b));
  const ancestors = ancestorsOf(oldest);
  const program = keptProgram(host, oldest, false);
  const { pid, comm, uid, user, startedMs, exeState, asStarted, unitNow, session, container, script } = oldest;
  return {
    kinds: group.kinds,
    exe: stableExePath(oldest.exe),
    user,
    from: fromOf(host, oldest, ancestors),
    reach: reachOf(host, oldest, group.kinds),
    container,
    label: group.kinds.includes('net') ? host.network.labelOf(oldest.namespace) : '',
    count: group.members.length,
    pid,
    comm,
    cmdline: oldest.cmdline.slice(0, CMDLINE),
    script,
    uid,
    parents: namesOf(ancestors),
    package: program.package,
    packageState: program.packageState,
    exePlace: program.exePlace,
    unitNow,
    session,
    startedMs,
    exeNow: oldest.exe,
    exeState,
    asStarted,
  };
}

/** Only what counts processes of its own is meant to be kept apart: units of systemd hide a folder or two. */
function reachOf(host: Host, process: Running, kinds: string): string[] {
  if (isOut(process, kinds)) return ["the host's files, out of its container"];
  if (!kinds.includes('pid') && process.container === '') return [];
  const rights = kinds.includes('user') ? [] : waysOut(process);
  return [...new Set([...rights, ...mountsOut(host, process.pid, kinds)])].sort();
}

function mountsOut(host: Host, pid: number, kinds: string): string[] {
  const bytes = host.files.read(`/proc/${pid}/mountinfo`, MOUNTS_BYTES);
  const ours = host.files.read('/proc/self/mountinfo', MOUNTS_BYTES);
  if (isFailure(bytes) || isFailure(ours)) return [];
  const root = parseMountinfo(ours.toString('latin1')).rows.findLast(({ point }) => point === '/');
  const isRoot = (mount: Mount): boolean => mount.device === root?.device && mount.root === root.root;
  return parseMountinfo(bytes.toString('latin1')).rows.flatMap((mount) => {
    if (SOCKETS.test(mount.root)) return [`${mount.root.slice(mount.root.lastIndexOf('/') + 1)} at ${mount.point}`];
    // Its own "/" is the host's where it has no file system of its own (unshare).
    return isRoot(mount) && kinds.includes('mnt') && mount.point !== '/' ? [`the host's root at ${mount.point}`] : [];
  });
}

function waysOut({ rights }: Running): string[] {
  const held = BigInt(`0x${rights?.effective ?? '0'}`);
  return WAYS_OUT.filter(([bit]) => ((held >> bit) & 1n) === 1n).map(([, name]) => name);
}

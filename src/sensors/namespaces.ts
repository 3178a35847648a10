/** The table `namespaces`: who lives apart from this host, and how far. See docs/sensors/namespaces.md. */

import { setImmediate as breathe } from 'node:timers/promises';
import { type Mount, parseMountinfo } from '#formats/mountinfo.ts';
import { stableExePath } from '#formats/stable-names.ts';
import { type Host, isFailure } from '#model/host.ts';
import { defineSensor } from '#model/sensor.ts';
import { defineTable } from '#model/table.ts';
import { fromOf, namesOf } from './process-origin.ts';
import { ancestorsOf, type Running, type Scan, scanProcesses } from './process-scan.ts';
import { keptProgram } from './program-row.ts';

/** One row a group of processes that share namespaces which are not the host's. */
export const namespaces = defineTable({
  name: 'namespaces',
  doc: 'Containers and other processes with namespaces of their own, and what of the host they can still reach.',
  slot: [],
  fleeting: true,
  columns: {
    kinds: ['text', 'Namespaces that are not the host’s: mnt, net, pid, user', 'identity'],
    exe: ['text', 'Executable of the oldest process in it; random parts are "*"', 'identity'],
    user: ['text', 'User whose rights that process has', 'identity'],
    from: ['text', 'Unit or scope of systemd; without one the service that it descends from', 'identity'],
    reach: [
      'list',
      'What of the host it can reach: capabilities, the root file system, the socket of an engine',
      'compared',
    ],
    container: ['text', 'Engine of the container: docker, podman, lxc, kubernetes …'],
    label: ['text', 'Name of its network namespace, or ""'],
    count: ['int', 'Processes in it'],
    pid: ['int', 'The oldest of them'],
    comm: ['text', 'Name that it gives itself'],
    cmdline: ['text', 'Command line, cut at 1,024 characters'],
    script: ['text', 'What an interpreter runs'],
    uid: ['int', 'Number of the user'],
    parents: ['list', 'Parent processes, nearest first'],
    package: ['text', 'Package that ships the executable; "" where the host’s packages do not say'],
    packageState: ['text', 'packaged, unpackaged, altered or unknown'],
    exePlace: ['text', 'Directory on the way to it that everyone may write, or ""'],
    unitNow: ['text', 'Unit as it is called now'],
    session: ['text', 'Login session'],
    startedMs: ['time', 'Start of the oldest process'],
    exeNow: ['text', 'Executable as it is called now'],
    exeState: ['text', 'present, deleted, replaced, memory or unknown'],
    asStarted: ['bool', 'Known only by what was passed to exec'],
  },
});

/** A row of `namespaces`. */
export type NamespaceRow = NonNullable<(typeof namespaces)['row']>;

const KINDS = ['mnt', 'net', 'pid', 'user'] as const;
const SLICE = 32;
/** Groups of a host of containers; the rest is a gap. */
const MAX_GROUPS = 2000;
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

type Apart = Readonly<Record<(typeof KINDS)[number], number>>;

/** Where only our own network namespace is watched there is no host to compare with. */
export default defineSensor<NamespaceRow>({
  name: 'namespaces',
  doc: 'Reads the namespaces of each process, and the mounts and capabilities of those in others than ours.',
  everyMs: 60_000,
  table: namespaces,
  async look(host, signal) {
    // A recorded host has no namespaces but those that were written down with it.
    if (host.scope === 'own' || host.kernel === undefined) return { rows: [], gaps: [], by: 'not asked' };
    const home = apartOf(host, '/proc/1/ns') ?? apartOf(host, '/proc/self/ns');
    if (home === undefined) return { rows: [], gaps: [{ what: '/proc/self/ns', why: 'cannot be read' }], by: '/proc' };
    const scan = await scanProcesses(host);
    const groups = new Map<string, Group>();
    let asked = 0;
    for (const process of scan.processes.values()) {
      asked += 1;
      if (asked % SLICE === 0) await breathe();
      signal.throwIfAborted();
      if (process.exe !== '' && !process.ending) place(host, process, home, groups);
    }
    const rows = [...groups.values()].slice(0, MAX_GROUPS).map((group) => rowOf(host, scan, group));
    const gaps =
      groups.size > MAX_GROUPS
        ? [{ what: 'namespaces', why: `only ${MAX_GROUPS} of ${groups.size} are looked at` }]
        : [];
    return { rows: oneEach(rows), gaps: [...gaps, ...scan.gaps], by: '/proc' };
  },
});

interface Group {
  readonly kinds: string;
  readonly members: Running[];
}

function place(host: Host, process: Running, home: Apart, groups: Map<string, Group>): void {
  const own = apartOf(host, `/proc/${process.pid}/ns`);
  const kinds = own === undefined ? [] : KINDS.filter((kind) => own[kind] !== home[kind]);
  if (own === undefined || kinds.length === 0) return;
  const key = KINDS.map((kind) => own[kind]).join(' ');
  const group = groups.get(key) ?? { kinds: kinds.join(' '), members: [] };
  group.members.push(process);
  groups.set(key, group);
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

function rowOf(host: Host, scan: Scan, group: Group): NamespaceRow {
  const oldest = group.members.reduce((a, b) => (a.startTicks <= b.startTicks ? a : b));
  const ancestors = ancestorsOf(scan, oldest);
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

/** Several groups of one identity (ten workers, each with its own) are one row. */
function oneEach(rows: readonly NamespaceRow[]): NamespaceRow[] {
  const found = new Map<string, NamespaceRow>();
  for (const row of rows) {
    const key = [row.kinds, row.exe, row.user, row.from].join('\0');
    const other = found.get(key);
    const reach = [...new Set([...(other?.reach ?? []), ...row.reach])].sort();
    found.set(key, other === undefined ? row : { ...other, count: other.count + row.count, reach });
  }
  return [...found.values()];
}

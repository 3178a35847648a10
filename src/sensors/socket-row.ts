/** Makes a row of `sockets` from what the kernel and /proc say. */

import { belongingOf } from '#formats/cgroup.ts';
import { stableSocketPath } from '#formats/stable-names.ts';
import { isFailure, type ProcessFacts, type RawSocket, type SocketHost } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import { type Program, programOf } from './program.ts';
import { numberName } from './socket-kind.ts';
import { type SocketRow, sockets } from './socket-table.ts';

const MAX_CMDLINE = 1024;
const MAX_HOLDERS = 16;
const MAX_PARENTS = 8;

/** What the kernel said of one socket, from a snapshot or an event. */
export type Seen = Omit<RawSocket, 'namespace' | 'remoteAddress' | 'remotePort' | 'portId'> & {
  readonly namespace: number;
};

/** How a row came about: `verify` reads the executable once, `early` marks what stood before the first look. */
export interface RowOptions {
  readonly verify: boolean;
  readonly early: boolean;
  readonly ephemeral: boolean;
}

/** A row of a socket in a snapshot; `pids` are its holders, oldest first. */
export function rowOf(host: SocketHost, socket: RawSocket, pids: readonly number[], options: RowOptions): SocketRow {
  const owner = firstKnown(host, pids);
  // The user that made a TCP or UDP socket stays when the program drops its rights afterwards: it is the stable one.
  const user = isInet(socket) ? host.userName(socket.uid) : (owner?.user ?? '');
  return buildRow(host, socket, { owner, pids, user, options });
}

/** A row of a socket that an event told of; the process is the one that acted. */
export function rowOfEvent(
  host: SocketHost,
  seen: Seen,
  owner: ProcessFacts | undefined,
  options: RowOptions,
): SocketRow {
  return buildRow(host, seen, {
    owner,
    pids: owner === undefined ? [] : [owner.pid],
    user: owner?.user ?? '',
    options,
  });
}

interface Holding {
  readonly owner: ProcessFacts | undefined;
  readonly pids: readonly number[];
  readonly user: string;
  readonly options: RowOptions;
}

function buildRow(host: SocketHost, socket: Seen, holding: Holding): SocketRow {
  const { owner, options } = holding;
  const program = programOf(host, owner, options.verify);
  return {
    ...placeOf(host, socket),
    ...processColumns(host, owner),
    ...program,
    altered: program.packageState === 'altered',
    ...belongingOf(owner?.cgroup ?? ''),
    ...pathColumns(host, socket, owner),
    ...(isResolver(host, socket, { owner, program }) && { port: 0, pathNow: `port ${socket.localPort}` }),
    user: holding.user,
    filter: filterOf(socket),
    count: 1,
    holders: holdersOf(host, holding.pids),
    ephemeral: options.ephemeral,
    early: options.early,
  };
}

/** Where Docker answers for DNS inside of each container (libnetwork): two ports of the kernel's choice a start. */
const DOCKER_RESOLVER = '127.0.0.11';

/**
 * A door on loopback, at a port that the kernel chose, that a packaged program holds in a namespace not its own: what
 * runs containers opens such at each start, so the port is no part of its identity.
 */
function isResolver(
  host: SocketHost,
  socket: Seen,
  { owner, program }: { readonly owner: ProcessFacts | undefined; readonly program: Program },
): boolean {
  if (owner === undefined || program.packageState !== 'packaged' || socket.family !== 'inet') return false;
  if (!socket.localAddress.startsWith('127.')) return false;
  const elsewhere = owner.namespace !== 0 && owner.namespace !== socket.namespace;
  // While it enters the namespace for a moment, an event may tell its own: the address says enough.
  if (!elsewhere && socket.localAddress !== DOCKER_RESOLVER) return false;
  const [first, last] = host.network.ephemeralPorts(socket.namespace);
  return socket.localPort >= first && socket.localPort <= last;
}

function placeOf(host: SocketHost, socket: Seen) {
  const { namespace, family, protocol } = socket;
  // Raw and packet sockets see what arrives whatever the packet filter makes of it.
  const reach =
    isInet(socket) && protocol !== 'raw'
      ? host.network.exposure({ namespace, protocol, address: socket.localAddress, port: socket.localPort })
      : { answer: '', why: '' };
  return {
    namespace: host.network.labelOf(namespace),
    family,
    protocol,
    state: socket.state,
    address: isInet(socket) ? socket.localAddress : '',
    port: isInet(socket) && protocol !== 'raw' ? socket.localPort : 0,
    exposure: reach.answer,
    exposureWhy: reach.why,
    interface: socket.interfaceIndex === 0 ? '' : host.network.interfaceName(socket.interfaceIndex),
    receiveQueueBytes: socket.receiveQueueBytes,
    sendQueueBytes: socket.sendQueueBytes,
    inode: socket.inode,
  };
}

const NOBODY = {
  comm: '',
  pid: 0,
  cmdline: '',
  runsAs: '',
  uid: -1,
  parents: [],
  startedMs: 0,
  asStarted: false,
  exeState: 'unknown',
};

function processColumns(host: SocketHost, owner: ProcessFacts | undefined) {
  if (owner === undefined) return NOBODY;
  const { comm, pid, user: runsAs, uid, startedMs, asStarted, exeState } = owner;
  const parents = host.processes.parents(pid, MAX_PARENTS).map(nameAndPid);
  const cmdline = owner.cmdline.slice(0, MAX_CMDLINE);
  return { comm, pid, cmdline, runsAs, uid, parents, startedMs, asStarted, exeState };
}

function pathColumns(host: SocketHost, socket: Seen, owner: ProcessFacts | undefined) {
  if (socket.family !== 'unix') return { path: numberName(socket), pathNow: '', mode: '', owner: '' };
  const pathNow = socket.path;
  const path = stableSocketPath(pathNow);
  if (!pathNow.startsWith('/')) return { path, pathNow, mode: '', owner: '' };
  const stat = host.files.stat(pathNow);
  // In a container or a chroot the path is another one for us: then nothing is said rather than something wrong.
  if (isFailure(stat) || stat.type !== 'socket' || belongingOf(owner?.cgroup ?? '').container !== '') {
    return { path, pathNow, mode: '', owner: '' };
  }
  return { path, pathNow, mode: (stat.mode & 0o7777).toString(8).padStart(4, '0'), owner: host.userName(stat.uid) };
}

function filterOf(socket: Seen): string {
  if (socket.family !== 'packet' || socket.filterInstructions === undefined) return '';
  return socket.filterInstructions > 0 ? 'yes' : 'no';
}

/** "nginx (812)" each, and how many more there are beyond 16. */
export function holdersOf(host: SocketHost, pids: readonly number[]): string[] {
  const names = pids.slice(0, MAX_HOLDERS).map((pid) => {
    const process = host.processes.get(pid);
    return process === undefined ? `? (${pid})` : nameAndPid(process);
  });
  if (pids.length > MAX_HOLDERS) names.push(`${pids.length - MAX_HOLDERS} more`);
  return names;
}

/** The oldest holder that can still be told of. */
export function firstKnown(host: SocketHost, pids: readonly number[]): ProcessFacts | undefined {
  for (const pid of pids) {
    const process = host.processes.get(pid);
    if (process !== undefined) return process;
  }
  return undefined;
}

function nameAndPid(process: ProcessFacts): string {
  return `${process.comm} (${process.pid})`;
}

/** IPv4 and IPv6: what has an address, a port, and a user that made it. */
export function isInet(socket: { readonly family: string }): boolean {
  return socket.family === 'inet' || socket.family === 'inet6';
}

/** One row an identity: the oldest process speaks for it, the others are counted and listed. */
export function mergeRows(rows: readonly SocketRow[]): SocketRow[] {
  const merged = new Map<string, SocketRow>();
  for (const row of rows) {
    const key = keyOf(row, sockets.key);
    const other = merged.get(key);
    merged.set(key, other === undefined ? row : mergeTwo(other, row));
  }
  return [...merged.values()];
}

function mergeTwo(a: SocketRow, b: SocketRow): SocketRow {
  const [first, second] = b.startedMs < a.startedMs ? [b, a] : [a, b];
  const holders = [...new Set([...first.holders, ...second.holders])].slice(0, MAX_HOLDERS);
  return { ...first, count: a.count + b.count, holders, early: a.early || b.early };
}

/** The live network: snapshots of all sockets with their owners, over all namespaces in scope. */

import type { Intake } from '#formats/sock-diag.ts';
import { SocketColumns, type SpareBlocks } from '#formats/socket-columns.ts';
import { BoundedMap } from '#lib/bounded-map.ts';
import { byteText } from '#lib/byte-text.ts';
import { makeSlicer, type Slicer } from '#lib/slicer.ts';
import { type Clock, type Failure, type Files, isFailure, type Network, type SocketSnapshot } from '#model/host.ts';
import type { Gap } from '#model/sensor.ts';
import { type FdMap, type Owners, openFdMap } from './fdmap.ts';
import { libc, O } from './ffi.ts';
import { type FoundNamespace, openNamespaces } from './namespaces.ts';
import { inNamespace } from './netns.ts';
import { openSockDiag, openSockets, type ReadNet, takeBoundByNumber, takeSockets } from './sockdiag.ts';

/** What the live network is made of. */
export interface NetworkParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly scope: 'all' | 'own';
  /** Makes `exposure`, given a way to act inside of a namespace. */
  readonly exposureOver: (within: Within) => Network['exposure'];
}

/** Does something synchronous in a namespace, by its inode; ENOENT when the namespace is gone. */
export type Within = <T>(namespace: number, act: () => T) => T | Failure;

export interface LiveNetwork extends Network {
  /** For the tests and the bench: how often descriptors were read. */
  readonly walks: FdMap['walks'];
}

/** More namespaces than this are not looked into; the rest is a gap. */
const MAX_NAMESPACES = 2048;
const PORTS_KEPT_MS = 60_000;
const DEFAULT_PORTS: readonly [number, number] = [32768, 60999];

/** Opens the network; nothing is kept open between snapshots, so that no namespace is kept alive by us. */
export function openNetwork({ files, clock, scope, exposureOver }: NetworkParts): LiveNetwork {
  const monotonicMs = (): number => clock.monotonicMs();
  const namespaces = openNamespaces(files, monotonicMs, scope);
  const fdMap = openFdMap(monotonicMs);
  const spare: SpareBlocks = [];
  let last: Promise<unknown> = Promise.resolve();

  const within: Within = (inode, act) => {
    if (inode === namespaces.own) return act();
    const namespace = namespaces.find(inode);
    return namespace === undefined
      ? { error: 'ENOENT', path: `namespace ${inode}` }
      : inNamespace(namespace.path, inode, act);
  };
  const readIn = (namespace: FoundNamespace, path: string): Buffer | Failure =>
    namespace.inode === namespaces.own
      ? files.read(path, 64 << 20)
      : inNamespace(namespace.path, namespace.inode, () => files.read(path, 64 << 20));

  const takeAll = async (want: Want): Promise<SocketSnapshot> => {
    const columns = new SocketColumns(undefined, spare);
    const slicer = makeSlicer();
    const takenMs = clock.nowMs();
    const gaps: Gap[] = [];
    const found = namespaces.list(want.scope);
    let by = 'sock_diag';
    for (const namespace of found.slice(0, MAX_NAMESPACES)) {
      want.signal.throwIfAborted();
      const intake: Intake = { columns, namespace: namespace.inode, what: want.what };
      const outcome = await takeOne(namespace, namespaces.own, { intake, slicer, readIn, files });
      gaps.push(...outcome.gaps);
      if (outcome.by !== 'sock_diag') by = outcome.by;
    }
    if (found.length > MAX_NAMESPACES) gaps.push(tooMany(found.length));
    want.signal.throwIfAborted();
    const owners = await fdMap.find(columns.length, (index) => columns.ownableInodeAt(index), slicer);
    if (owners.unreadable > 0) gaps.push(unreadableGap(owners));
    return snapshotOf(columns, owners, { gaps, by, takenMs });
  };

  return {
    walks: fdMap.walks,
    namespaces: (wanted) => namespaces.list(wanted).map(({ inode, label, pid }) => ({ inode, label, pid })),
    labelOf: (inode) => namespaces.labelOf(inode),
    // One at a time: the walk over descriptors keeps its buffers.
    snapshot(want) {
      const next = last.then(
        () => takeAll(want),
        () => takeAll(want),
      );
      last = next;
      return next;
    },
    boundByNumber: boundByNumberOver(within),
    ephemeralPorts: portsReader(files, clock, within),
    exposure: exposureOver(within),
    interfaceName,
  };
}

function boundByNumberOver(within: Within): NonNullable<Network['boundByNumber']> {
  return async (namespace, from) => {
    const netlink = within(namespace, openSockDiag);
    if (isFailure(netlink)) return netlink;
    using opened = netlink;
    return await takeBoundByNumber(opened, from, makeSlicer());
  };
}

type Want = Parameters<Network['snapshot']>[0];

interface Taking {
  readonly intake: Intake;
  readonly slicer: Slicer;
  readonly readIn: (namespace: FoundNamespace, path: string) => Buffer | Failure;
  readonly files: Files;
}

async function takeOne(
  namespace: FoundNamespace,
  own: number,
  { intake, slicer, readIn, files }: Taking,
): Promise<{ readonly gaps: readonly Gap[]; readonly by: string }> {
  const here: ReadNet = (file) => files.read(`/proc/thread-self/net/${file}`, 64 << 20);
  const opened =
    namespace.inode === own ? openSockets(here) : inNamespace(namespace.path, namespace.inode, () => openSockets(here));
  if (isFailure(opened)) {
    // Gone since we listed it: there is nothing to see any more.
    if (opened.error === 'ENOENT' || opened.error === 'ESTALE') return { gaps: [], by: 'sock_diag' };
    return { gaps: [blindGap(namespace, opened)], by: 'sock_diag' };
  }
  try {
    const again: ReadNet = (file) => readIn(namespace, `/proc/thread-self/net/${file}`);
    const outcome = await takeSockets(opened, intake, again, slicer);
    if (namespace.label === 'host') return outcome;
    const gaps = outcome.gaps.map(({ what, why }) => ({ what: `${what} in namespace ${namespace.label}`, why }));
    return { gaps, by: outcome.by };
  } finally {
    if (!isFailure(opened.netlink)) opened.netlink[Symbol.dispose]();
  }
}

function snapshotOf(
  columns: SocketColumns,
  owners: Owners,
  rest: Pick<SocketSnapshot, 'gaps' | 'by' | 'takenMs'>,
): SocketSnapshot {
  return {
    ...rest,
    length: columns.length,
    at: (index) => columns.at(index),
    ownersOf(index) {
      const inode = columns.inodeAt(index);
      return inode === 0 ? [] : owners.of(inode);
    },
    release: () => {
      columns.release();
    },
  };
}

function blindGap({ label }: FoundNamespace, { error }: Failure): Gap {
  const next = error === 'EPERM' ? { next: 'Run Telltale as root, or with CAP_SYS_ADMIN.' } : {};
  return { what: `namespace ${label}`, why: `cannot enter it: ${error}`, ...next };
}

function unreadableGap({ unreadable }: Owners): Gap {
  return {
    what: 'owners of sockets',
    why: `the open files of ${unreadable} processes may not be read (EACCES)`,
    next: 'Run Telltale as root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH.',
  };
}

function tooMany(count: number): Gap {
  return { what: 'network namespaces', why: `${count} namespaces, of which ${MAX_NAMESPACES} are looked into` };
}

function portsReader(files: Files, clock: Clock, within: Within): Network['ephemeralPorts'] {
  const kept = new BoundedMap<number, { readonly range: readonly [number, number]; readonly atMs: number }>(
    MAX_NAMESPACES,
  );
  return (inode) => {
    const known = kept.get(inode);
    if (known !== undefined && clock.monotonicMs() - known.atMs < PORTS_KEPT_MS) return known.range;
    const text = within(inode, () => files.read('/proc/sys/net/ipv4/ip_local_port_range', 64));
    const range = isFailure(text) ? DEFAULT_PORTS : portsOf(text.toString('latin1'));
    kept.set(inode, { range, atMs: clock.monotonicMs() });
    return range;
  };
}

function portsOf(text: string): readonly [number, number] {
  const [, first, last] = /^(\d{1,5})\s+(\d{1,5})\s*$/.exec(text) ?? [];
  return first === undefined || last === undefined ? DEFAULT_PORTS : [Number(first), Number(last)];
}

const SIOCGIFNAME = 0x8910;

/** netdevice(7), and not /sys/class/net: that shows the namespace in which it was mounted, which may be another one. */
function interfaceName(index: number): string {
  if (index <= 0) return '';
  const fd = libc.socket(1 /* AF_UNIX */, 2 | O.CLOEXEC, 0);
  if (fd < 0) return '';
  // struct ifreq: name 16 bytes, then ifindex i32.
  const request = Buffer.alloc(40);
  request.writeInt32LE(index, 16);
  const found = libc.ioctl(fd, SIOCGIFNAME, request) === 0;
  libc.close(fd);
  return found ? byteText(request.subarray(0, request.indexOf(0))) : '';
}

/** A host of which only the sockets and processes exist, set by the test; time stands until it is moved. */

import type { Failure, FileStat, Host, KernelEvent, KernelEvents, ProcessFacts, RawSocket } from '#model/host.ts';

export interface FakeSockets {
  readonly host: Host;
  sockets: { readonly socket: RawSocket; readonly pids: readonly number[] }[];
  readonly processes: Map<number, ProcessFacts>;
  readonly stats: Map<string, FileStat>;
  readonly owners: Map<string, string>;
  /** Files that are not as their package shipped them. */
  readonly differs: Set<string>;
  /** Inodes of UDP sockets that were bound by number. */
  readonly boundByNumber: Set<number>;
  passMs(ms: number): void;
}

export const bootMs = 1_763_000_000_000;

/** A TCP listener on port 22; the rest as the test wants it. */
export function socketOf(more: Partial<RawSocket> = {}): RawSocket {
  return {
    namespace: 1,
    family: 'inet',
    protocol: 'tcp',
    state: 'LISTEN',
    localAddress: '0.0.0.0',
    localPort: 22,
    remoteAddress: '0.0.0.0',
    remotePort: 0,
    path: '',
    interfaceIndex: 0,
    number: 0,
    portId: 0,
    uid: 0,
    inode: 100,
    receiveQueueBytes: 0,
    sendQueueBytes: 128,
    ...more,
  };
}

/** sshd, started with the host. */
export function processOf(more: Partial<ProcessFacts> = {}): ProcessFacts {
  return {
    pid: 801,
    parentPid: 1,
    startTicks: 500,
    startedMs: bootMs + 5000,
    comm: 'sshd',
    exe: '/usr/sbin/sshd',
    exeState: 'present',
    cmdline: 'sshd: /usr/sbin/sshd -D',
    uid: 0,
    user: 'root',
    cgroup: '0::/system.slice/ssh.service\n',
    namespace: 1,
    asStarted: false,
    ...more,
  };
}

/** A kernel event of that process. */
export function eventOf(more: Partial<KernelEvent> = {}): KernelEvent {
  const process = processOf();
  return {
    kind: 'listen',
    timeMs: bootMs + 600_000,
    pid: process.pid,
    process,
    namespace: 1,
    family: 'inet',
    protocol: 'tcp',
    address: '0.0.0.0',
    port: 22,
    ...more,
  };
}

/** A kernel that tells these batches, and has lost three events. */
export function kernelOf(by: string, batches: readonly (readonly KernelEvent[])[]): KernelEvents {
  return {
    batches: (async function* () {
      yield* batches;
    })(),
    lost: () => 3,
    by,
    gaps: [],
    tellsListen: true,
    tellsShortLivedUdp: false,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

export function fileStat(more: Partial<FileStat> = {}): FileStat {
  return { type: 'file', mode: 0o100755, uid: 0, gid: 0, sizeBytes: 10, mtimeMs: 1, ctimeMs: 1, inode: 5, ...more };
}

export function fakeSockets(scope: 'all' | 'own' = 'all'): FakeSockets {
  let nowMs = bootMs + 600_000;
  const missing = (path: string): Failure => ({ error: 'ENOENT', path });
  const never = (): never => {
    throw new Error('not a part of this host');
  };
  const fake: FakeSockets = {
    sockets: [],
    processes: new Map(),
    stats: new Map([['/var/lib/dpkg/status', fileStat()]]),
    owners: new Map([['/usr/sbin/sshd', 'openssh-server']]),
    differs: new Set(),
    boundByNumber: new Set(),
    passMs: (ms) => {
      nowMs += ms;
    },
    host: {
      name: 'fake',
      scope,
      datagram: (path) => ({ error: 'ENOSYS', path }),
      own: new Set(),
      clock: {
        nowMs: () => nowMs,
        monotonicMs: () => nowMs - bootMs,
        bootMs: () => bootMs,
        id: () => 'id',
        sleep: () => Promise.resolve(),
      },
      files: { read: missing, list: missing, readlink: missing, stat: (path) => fake.stats.get(path) ?? missing(path) },
      network: {
        namespaces: () => [{ inode: 1, label: 'host', pid: 1 }],
        labelOf: (inode) => (inode === 1 ? 'host' : inode === 0 ? 'namespace unknown' : `netns ${inode}`),
        snapshot: () =>
          Promise.resolve({
            length: fake.sockets.length,
            at: (index) => fake.sockets[index]?.socket ?? socketOf(),
            ownersOf: (index) => fake.sockets[index]?.pids ?? [],
            gaps: [],
            by: 'fake',
            takenMs: nowMs,
          }),
        boundByNumber: () => Promise.resolve(fake.boundByNumber),
        ephemeralPorts: () => [32_768, 60_999],
        exposure: ({ address }) => ({ answer: address.startsWith('127.') ? 'local' : 'open', why: 'fake' }),
        interfaceName: () => '',
      },
      processes: {
        get: (pid) => fake.processes.get(pid),
        parents: () => [],
        list: () => [...fake.processes.values()],
      },
      packages: {
        ownerOf: (path) => fake.owners.get(path) ?? '',
        verify: (path) => (fake.differs.has(path) ? 'differs' : 'same'),
        shipped: () => [],
        run: () => undefined,
      },
      userName: (uid) => (uid === 0 ? 'root' : `user${uid}`),
      kernelEvents: never,
      fileEvents: never,
      writerOf: () => undefined,
      senses: never,
    },
  };
  return fake;
}

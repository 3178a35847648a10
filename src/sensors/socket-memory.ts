/**
 * What the sensor and the listener remember between looks: rows by inode, so that an idle look builds nothing; when a
 * UDP socket was first seen, because a client's goes within a minute; which ports were bound on purpose; who answers
 * questions of DNS, and so asks them; and the row of each place, so that "closed" is told of the row that opened.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import { isFailure, type ProcessFacts, type RawSocket, type SocketHost } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
import { FIRST_UNPRIVILEGED, Resolvers } from './resolvers.ts';
import { firstKnown, isInet, type RowOptions } from './socket-row.ts';
import type { SocketRow } from './socket-table.ts';

/** A UDP socket on a client's port becomes a row when it has stood this long. */
export const CLIENT_UDP_MS = 60_000;
/** Rows are built anew this often even when nothing seems to differ: packages and units change beside them. */
const REBUILD_MS = 300_000;
/** Bounds; the oldest entry goes. */
const MAX_BINDS = 8192;
const MAX_HEARD = 16_384;

const PLACE = ['namespace', 'family', 'protocol', 'address', 'port', 'path'];

interface Kept {
  readonly socket: RawSocket;
  readonly pids: string;
  readonly process: ProcessFacts | undefined;
  readonly outside: string;
  readonly builtMs: number;
  readonly row: SocketRow;
}

/** A socket, and the processes that hold it, oldest first. */
export interface HeldSocket {
  readonly socket: RawSocket;
  readonly pids: readonly number[];
}

/** What one look has found so far. */
interface Taken {
  readonly early: boolean;
  readonly rows: Map<number, Kept>;
  readonly firstSeen: Map<number, number>;
  readonly named: Set<number>;
  readonly ownerless: Set<number>;
  readonly undecided: HeldSocket[];
}

/** One look under way. What is not asked for in it is forgotten at its end. */
export interface CurrentLook {
  /**
   * Nobody was found who holds it, for the first time: between the kernel's list and the walk over descriptors its process
   * has ended, and the socket with it. What still stands in the next look is a row.
   */
  isUnconfirmed(socket: RawSocket, pids: readonly number[]): boolean;
  /** A UDP socket that may be a client's: `decide` says so when all others are rows. */
  isUndecided(socket: RawSocket, pids: readonly number[]): boolean;
  /**
   * The undecided that are rows. Left out is what must be taken for a client's: younger than a minute, and either on a
   * client's port that was not bound by number, or held by who answers questions of DNS.
   */
  decide(): Promise<readonly HeldSocket[]>;
  /** The row built in an earlier look when nothing about it differs, else what `build` makes. */
  row(socket: RawSocket, pids: readonly number[], build: (options: RowOptions) => SocketRow): SocketRow;
  end(merged: readonly SocketRow[]): void;
}

export class SocketMemory {
  readonly #host: SocketHost;
  #looks = 0;
  #rows = new Map<number, Kept>();
  /** inode → monotonic ms of the first sight; bounded by the sockets there are, since each look forgets the gone. */
  #firstSeen = new Map<number, number>();
  readonly #binds = new BoundedMap<string, true>(MAX_BINDS);
  readonly #heard = new BoundedMap<string, { readonly row: SocketRow; count: number }>(MAX_HEARD);
  #standing = new Map<string, SocketRow>();
  #holders = new Set<number>();
  /** Inodes of sockets of which no holder was found in the last look. */
  #ownerless = new Set<number>();
  readonly #resolvers = new Resolvers();
  /** Inodes of sockets on a client's port that were bound by number, by the kernel's word. */
  #named = new Set<number>();

  constructor(host: SocketHost) {
    this.#host = host;
  }

  beginLook(): CurrentLook {
    this.#looks += 1;
    const taken: Taken = {
      early: this.#looks === 1,
      rows: new Map(),
      firstSeen: new Map(),
      named: new Set(),
      ownerless: new Set(),
      undecided: [],
    };
    return {
      isUnconfirmed: (socket, pids) => {
        if (pids.length > 0 || taken.early || this.#rows.has(socket.inode)) return false;
        taken.ownerless.add(socket.inode);
        return !this.#ownerless.has(socket.inode) && this.#heardOf(socket) === undefined;
      },
      isUndecided: (socket, pids) => {
        const mayAsk = socket.protocol.startsWith('udp') && socket.localPort >= FIRST_UNPRIVILEGED;
        if (!mayAsk || this.#rows.has(socket.inode)) return false;
        taken.undecided.push({ socket, pids });
        return true;
      },
      decide: () => this.#decide(taken),
      row: (socket, pids, build) => {
        const { early, rows, named } = taken;
        if (this.#named.has(socket.inode)) named.add(socket.inode);
        const isOpenedByNumber = !this.#mayBeClient(socket) || named.has(socket.inode);
        const kept = this.#keep(socket, pids, (before) =>
          build({
            early: before?.row.early ?? early,
            verify: !early,
            ephemeral: !isOpenedByNumber || this.isQuestion(socket, firstKnown(this.#host, pids)),
          }),
        );
        rows.set(socket.inode, kept);
        return kept.row;
      },
      end: (merged) => {
        this.#rows = taken.rows;
        this.#firstSeen = taken.firstSeen;
        this.#named = taken.named;
        this.#ownerless = taken.ownerless;
        this.#resolvers.note(merged);
        this.#standing = new Map(merged.filter(isInet).map((row) => [keyOf(row, PLACE), row]));
        this.#holders = new Set(merged.map((row) => row.pid));
      },
    };
  }

  async #decide({ undecided, rows, named, firstSeen, early }: Taken): Promise<readonly HeldSocket[]> {
    if (undecided.length === 0) return undecided;
    this.#resolvers.note([...rows.values()].map(({ row }) => row));
    const asking = new Set(
      undecided.filter(({ socket, pids }) => this.isQuestion(socket, firstKnown(this.#host, pids))),
    );
    const clients = undecided.filter((one) => asking.has(one) || this.#mayBeClient(one.socket));
    const fresh = clients.filter((one) => !asking.has(one) && !this.#firstSeen.has(one.socket.inode));
    for (const inode of await this.#boundAmong(fresh)) named.add(inode);
    const nowMs = this.#host.clock.monotonicMs();
    const waits = new Set<HeldSocket>();
    for (const one of clients) {
      const { inode } = one.socket;
      if (named.has(inode)) continue;
      const seenMs = this.#firstSeen.get(inode) ?? (early ? this.#assumeSeen(one.pids, nowMs) : nowMs);
      firstSeen.set(inode, seenMs);
      if (nowMs - seenMs < CLIENT_UDP_MS) waits.add(one);
    }
    return undecided.filter((one) => !waits.has(one));
  }

  /** UDP, and inside the range from which the kernel gives ports to clients. */
  isClientPort(socket: Pick<RawSocket, 'protocol' | 'namespace' | 'localPort'>): boolean {
    if (!socket.protocol.startsWith('udp')) return false;
    const [first, last] = this.#host.network.ephemeralPorts(socket.namespace);
    return socket.localPort >= first && socket.localPort <= last;
  }

  /** Whether this is a question of DNS: see resolvers.ts. */
  isQuestion(socket: Pick<RawSocket, 'protocol' | 'localPort'>, process: ProcessFacts | undefined): boolean {
    return this.#resolvers.askFrom(socket, process);
  }

  /** An event told of bind() to this port by number: no client's, whatever the range. */
  noteBind(bound: Pick<RawSocket, 'protocol' | 'namespace' | 'localPort'>): void {
    this.#binds.set(bindKey(bound), true);
  }

  wasBound(socket: Pick<RawSocket, 'protocol' | 'namespace' | 'localPort'>): boolean {
    return this.#binds.has(bindKey(socket));
  }

  noteHeard(row: SocketRow): void {
    const key = keyOf(row, PLACE);
    this.#heard.set(key, { row, count: (this.#heard.get(key)?.count ?? 0) + 1 });
  }

  /** The one row that stands in this place, by events or the last look; undefined when unknown or when there are several. */
  takeClosed(
    place: Pick<SocketRow, 'namespace' | 'family' | 'protocol' | 'address' | 'port' | 'path'>,
  ): SocketRow | undefined {
    const key = keyOf(place, PLACE);
    const heard = this.#heard.get(key);
    if (heard !== undefined && heard.count > 1) heard.count -= 1;
    else this.#heard.delete(key);
    const standing = this.#standing.get(key);
    if ((standing?.count ?? 1) > 1) return undefined;
    this.#standing.delete(key);
    return heard?.row ?? standing;
  }

  /**
   * Does a row speak of this process? Its end, and another program in its place, are reasons to look again: the kernel tells
   * the end of TCP alone, and a socket that others hold as well changes hands.
   */
  holds(pid: number): boolean {
    return this.#holders.has(pid);
  }

  #mayBeClient(socket: RawSocket): boolean {
    return this.isClientPort(socket) && !this.wasBound(socket);
  }

  /** Inodes of those whose port was bound by number. */
  async #boundAmong(sockets: readonly HeldSocket[]): Promise<readonly number[]> {
    const { network } = this.#host;
    const bound: number[] = [];
    for (const namespace of new Set(sockets.map(({ socket }) => socket.namespace))) {
      const inodes = await network.boundByNumber?.(namespace, network.ephemeralPorts(namespace)[0]);
      // Where the kernel does not say, what stands for a minute becomes a row.
      if (inodes === undefined || isFailure(inodes)) continue;
      bound.push(...sockets.map(({ socket }) => socket.inode).filter((inode) => inodes.has(inode)));
    }
    return bound;
  }

  /** At the first look the age of a socket cannot be told; that of its process can, and is the best guess. */
  #assumeSeen(pids: readonly number[], nowMs: number): number {
    const startedMs = firstKnown(this.#host, pids)?.startedMs ?? this.#host.clock.nowMs();
    const ageMs = Math.max(0, this.#host.clock.nowMs() - startedMs);
    return nowMs - ageMs;
  }

  /**
   * Nobody holds it by a descriptor any more: /proc/PID is covered, or it was handed to io_uring. That is no other program;
   * the rows about mounts and hidden processes say that somebody hides.
   */
  #hiddenOwner(socket: RawSocket, before: Kept | undefined): Kept | undefined {
    if (before !== undefined) return before.row.pid > 0 ? before : undefined;
    const heard = this.#heardOf(socket);
    if (heard === undefined) return undefined;
    const row = { ...heard, inode: socket.inode };
    return { socket, pids: '', process: undefined, outside: '', builtMs: this.#host.clock.monotonicMs(), row };
  }

  /** The row of who opened it, by an event that told it and its end not. */
  #heardOf(socket: RawSocket): SocketRow | undefined {
    if (socket.protocol !== 'tcp') return undefined;
    const { namespace, family, protocol, localAddress: address, localPort: port } = socket;
    const place = { namespace: this.#host.network.labelOf(namespace), family, protocol, address, port, path: '' };
    const heard = this.#heard.get(keyOf(place, PLACE))?.row;
    return heard === undefined || heard.pid <= 0 ? undefined : heard;
  }

  #keep(socket: RawSocket, pids: readonly number[], build: (before: Kept | undefined) => SocketRow): Kept {
    const nowMs = this.#host.clock.monotonicMs();
    const before = this.#rows.get(socket.inode);
    if (pids.length === 0) {
      const hidden = this.#hiddenOwner(socket, before);
      if (hidden !== undefined) return hidden;
    }
    const process = firstKnown(this.#host, pids);
    const pidText = pids.join(' ');
    const outside = outsideOf(this.#host, socket);
    const same =
      before !== undefined &&
      nowMs - before.builtMs < REBUILD_MS &&
      before.pids === pidText &&
      before.outside === outside &&
      sameFields(before.socket, socket) &&
      sameProcess(before.process, process);
    if (same) return before;
    return { socket, pids: pidText, process, outside, builtMs: nowMs, row: build(before) };
  }
}

/** What changes beside the socket: the packet filter's answer, and the permissions of a path. */
function outsideOf(host: SocketHost, socket: RawSocket): string {
  if (isInet(socket)) {
    const { namespace, protocol, localAddress: address, localPort: port } = socket;
    const { answer, why } = host.network.exposure({ namespace, protocol, address, port });
    return `${host.network.labelOf(namespace)} ${answer} ${why}`;
  }
  if (socket.family !== 'unix' || !socket.path.startsWith('/')) return '';
  const stat = host.files.stat(socket.path);
  return 'error' in stat ? stat.error : `${stat.mode} ${stat.uid}`;
}

const FIELDS = [
  'namespace',
  'family',
  'protocol',
  'state',
  'localAddress',
  'localPort',
  'path',
  'interfaceIndex',
  'number',
  'uid',
  'receiveQueueBytes',
  'sendQueueBytes',
  'filterInstructions',
] as const satisfies readonly (keyof RawSocket)[];

function sameFields(a: RawSocket, b: RawSocket): boolean {
  return FIELDS.every((field) => a[field] === b[field]);
}

function sameProcess(a: ProcessFacts | undefined, b: ProcessFacts | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const here: readonly (keyof ProcessFacts)[] = [
    'pid',
    'startTicks',
    'exe',
    'exeState',
    'comm',
    'cmdline',
    'uid',
    'cgroup',
  ];
  return here.every((field) => a[field] === b[field]);
}

function bindKey(bound: Pick<RawSocket, 'protocol' | 'namespace' | 'localPort'>): string {
  return `${bound.namespace} ${bound.protocol} ${bound.localPort}`;
}

const memories = new WeakMap<SocketHost, SocketMemory>();

/** The memory that goes with a host; the sensor and the listener share it. */
export function memoryOf(host: SocketHost): SocketMemory {
  const known = memories.get(host);
  if (known !== undefined) return known;
  const made = new SocketMemory(host);
  memories.set(host, made);
  return made;
}

/**
 * What the sensor and the listener remember between looks: rows by inode, so that an idle look builds nothing; when a
 * UDP socket was first seen, because a client's goes within a minute; which ports were bound on purpose; and the row of
 * each place, so that "closed" is told of the row that opened.
 */

import { BoundedMap } from '#lib/bounded-map.ts';
import type { ProcessFacts, RawSocket, SocketHost } from '#model/host.ts';
import { keyOf } from '#model/table.ts';
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

/** One look under way. What is not asked for in it is forgotten at its end. */
export interface CurrentLook {
  /** True while the UDP socket must be taken for a client's: unbound by us, on a client's port, younger than a minute. */
  isClient(socket: RawSocket, pids: readonly number[]): boolean;
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
  #silentHolders = new Set<number>();

  constructor(host: SocketHost) {
    this.#host = host;
  }

  beginLook(): CurrentLook {
    this.#looks += 1;
    const early = this.#looks === 1;
    const rows = new Map<number, Kept>();
    const firstSeen = new Map<number, number>();
    return {
      isClient: (socket, pids) => {
        if (!this.isClientPort(socket) || this.wasBound(socket)) return false;
        const nowMs = this.#host.clock.monotonicMs();
        const seenMs = this.#firstSeen.get(socket.inode) ?? (early ? this.#assumeSeen(pids, nowMs) : nowMs);
        firstSeen.set(socket.inode, seenMs);
        return nowMs - seenMs < CLIENT_UDP_MS;
      },
      row: (socket, pids, build) => {
        const kept = this.#keep(socket, pids, (before) =>
          build({
            early: before?.row.early ?? early,
            verify: !early,
            ephemeral: this.isClientPort(socket) && !this.wasBound(socket),
          }),
        );
        rows.set(socket.inode, kept);
        return kept.row;
      },
      end: (merged) => {
        this.#rows = rows;
        this.#firstSeen = firstSeen;
        this.#standing = new Map(merged.filter(isInet).map((row) => [keyOf(row, PLACE), row]));
        this.#silentHolders = new Set(merged.filter((row) => row.protocol !== 'tcp').map((row) => row.pid));
      },
    };
  }

  /** UDP, and inside the range from which the kernel gives ports to clients. */
  isClientPort(socket: Pick<RawSocket, 'protocol' | 'namespace' | 'localPort'>): boolean {
    if (!socket.protocol.startsWith('udp')) return false;
    const [first, last] = this.#host.network.ephemeralPorts(socket.namespace);
    return socket.localPort >= first && socket.localPort <= last;
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

  /** Does this process hold something whose end the kernel does not tell? Its exit is then a reason to look again. */
  holdsSilently(pid: number): boolean {
    return this.#silentHolders.has(pid);
  }

  /** At the first look the age of a socket cannot be told; that of its process can, and is the best guess. */
  #assumeSeen(pids: readonly number[], nowMs: number): number {
    const startedMs = firstKnown(this.#host, pids)?.startedMs ?? this.#host.clock.nowMs();
    const ageMs = Math.max(0, this.#host.clock.nowMs() - startedMs);
    return nowMs - ageMs;
  }

  #keep(socket: RawSocket, pids: readonly number[], build: (before: Kept | undefined) => SocketRow): Kept {
    const nowMs = this.#host.clock.monotonicMs();
    const before = this.#rows.get(socket.inode);
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

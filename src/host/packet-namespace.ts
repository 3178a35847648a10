/** One network namespace whose packets are heard: its ring, its addresses, and what listens in it. */

import { parseNetCounters } from '#formats/net-counters.ts';
import { addressRequest, readAddress } from '#formats/rtnetlink-address.ts';
import { dumps, type Intake, readAnswer, sockDiagRequest } from '#formats/sock-diag.ts';
import { SocketColumns } from '#formats/socket-columns.ts';
import { makeSlicer } from '#lib/slicer.ts';
import { type Clock, type Failure, type Files, isFailure, type NetworkNamespace } from '#model/host.ts';
import type { Handshakes, OpenPorts, PacketWish } from '#model/packets.ts';
import { type Netlink, openNetlink } from './netlink.ts';
import { inNamespace } from './netns.ts';
import { MAX_HUSHED, REHEARSAL_ADDRESS } from './packet-filter-program.ts';
import { forgetPacketLog, openPacketLogSense } from './packet-log.ts';
import { hearingTable } from './packet-log-rules.ts';
import { openPacketRing, type PacketRing } from './packet-ring.ts';

const NETLINK_ROUTE = 0;
const NETLINK_SOCK_DIAG = 4;
/** Traffic to a hushed port is looked at again after this. */
const HUSHED_MS = 5 * 60_000;
/** An address that is not ours may have become ours: asked again at most this often. */
const REREAD_MS = 200;
/** The queue of NFLOG is the kernel's memory and is there only while it is full; its packets take more room. */
const QUEUE_TIMES = 4;
/** Only loopback's own packets to it pass the filter. */
const REHEARSAL = REHEARSAL_ADDRESS.toString(16);

/** What it takes to open one. */
export interface NamespaceParts {
  readonly clock: Clock;
  readonly own: number;
  readonly ringBytes: number;
  readonly ephemeral: readonly [first: number, last: number];
  readonly files: Pick<Files, 'read'>;
  readonly ways: HearingWays;
}

/** How packets may be heard, the first that works is taken. */
export interface HearingWays {
  /** NFLOG before the ring: blocks through nftables are on, so that a table of ours is welcome. */
  readonly logFirst: boolean;
  /** Names our table; undefined: nothing may be put into the packet filter by this process. */
  readonly tag: string | undefined;
}

/** The two senses, as they are called. */
export const HEARD_BY = { ring: 'packet ring', log: 'NFLOG' } as const;

interface Opened {
  readonly by: string;
  /** Why it is not the other sense that was to be tried first; "" where it is. */
  readonly instead: string;
  /** Does something in the namespace, later. */
  readonly within: <T>(act: () => T) => T | Failure;
  readonly ring: PacketRing;
  readonly route: Netlink;
  readonly diag: Netlink;
}

/** Opens the sense of a namespace; the thread is there only as long as that takes. */
export function openPacketNamespace(at: NetworkNamespace, parts: NamespaceParts): PacketNamespace | Failure {
  const path = at.pid > 0 ? `/proc/${at.pid}/ns/net` : `/run/netns/${at.label}`;
  const within = <T>(act: () => T): T | Failure => (at.inode === parts.own ? act() : inNamespace(path, at.inode, act));
  const open = (): Opened | Failure => {
    using stack = new DisposableStack();
    const heard = openSense(at.inode, parts, within);
    if (isFailure(heard)) return heard;
    const { by, ring, instead } = heard;
    stack.use(ring);
    const route = openNetlink(NETLINK_ROUTE, 'rtnetlink');
    if (isFailure(route)) return route;
    stack.use(route);
    const diag = openNetlink(NETLINK_SOCK_DIAG, 'sock_diag');
    if (isFailure(diag)) return diag;
    stack.move();
    return { by, ring, instead, within, route, diag };
  };
  const opened = within(open);
  return isFailure(opened) ? opened : new PacketNamespace(at.inode, opened, parts);
}

/** Exactly one sense hears a namespace: both would hear the same packets. The failure is that of the first way. */
function openSense(
  namespace: number,
  { clock, ringBytes, ephemeral, ways: { logFirst, tag } }: NamespaceParts,
  within: <T>(act: () => T) => T | Failure,
): Pick<Opened, 'by' | 'ring' | 'instead'> | Failure {
  const wish = { hushed: [], ephemeral };
  const byRing = (): PacketRing | Failure => openPacketRing(namespace, ringBytes, wish);
  const byLog = (): PacketRing | Failure =>
    tag === undefined
      ? { error: 'EPERM', path: 'the packet filter may not be changed by this process' }
      : openPacketLogSense(
          { clock, namespace, bufferBytes: ringBytes * QUEUE_TIMES, table: hearingTable(tag), within },
          wish,
        );
  const senses = [
    [HEARD_BY.ring, byRing],
    [HEARD_BY.log, byLog],
  ] as const;
  let refused: Failure | undefined;
  for (const [by, open] of logFirst ? senses.toReversed() : senses) {
    const ring = open();
    if (!isFailure(ring) && by === HEARD_BY.ring && tag !== undefined) forgetPacketLog(hearingTable(tag));
    if (!isFailure(ring))
      return { by, ring, instead: refused === undefined ? '' : `${refused.path}: ${refused.error}` };
    refused ??= ring;
  }
  return refused ?? { error: 'ENOTSUP', path: 'packets' };
}

export class PacketNamespace implements Disposable {
  readonly inode: number;
  readonly #opened: Opened;
  readonly #parts: NamespaceParts;
  /** Port → monotonic end. */
  readonly #hushed = new Map<number, number>();
  #addresses: ReadonlySet<string> = new Set();
  #readMs = Number.NEGATIVE_INFINITY;
  #lost = 0;
  #closed = false;
  #asking: Promise<unknown> = Promise.resolve();

  /** Which sense hears it: one of HEARD_BY. */
  readonly by: string;
  /** Why it is the second choice; "" where it is the first. */
  readonly instead: string;

  constructor(inode: number, opened: Opened, parts: NamespaceParts) {
    this.inode = inode;
    this.by = opened.by;
    this.instead = opened.instead;
    this.#opened = opened;
    this.#parts = parts;
  }

  start(wish: PacketWish): void {
    this.#opened.ring.start(
      (packet) => wish.packet(packet),
      () => wish.batch(),
    );
  }

  lost(): number {
    if (!this.#closed) this.#lost = this.#opened.ring.lost();
    return this.#lost;
  }

  isOurs(bytes: Uint8Array, at: number, length: 4 | 16): boolean {
    const address = hexOf(bytes, at, length);
    if (this.#addresses.has(address) || address === REHEARSAL) return true;
    // Somebody else's (we route), or an address that came a moment ago: the next packet will know.
    if (this.#parts.clock.monotonicMs() - this.#readMs > REREAD_MS) void this.readAddresses();
    return false;
  }

  async readAddresses(): Promise<void> {
    this.#readMs = this.#parts.clock.monotonicMs();
    const found = new Set<string>();
    const failure = await this.#ask(() =>
      this.#opened.route.dump(
        addressRequest(),
        (bytes, message) => {
          const address = readAddress(bytes, message);
          if (address !== undefined) found.add(address);
          return true;
        },
        makeSlicer(),
      ),
    );
    if (failure === undefined) this.#addresses = found;
  }

  async openPorts(): Promise<OpenPorts> {
    const ports = { tcp: new Set<number>(), udp: new Set<number>() };
    const columns = new SocketColumns(256);
    const intake: Intake = { columns, namespace: this.inode, what: 'receiving' };
    for (const dump of dumps.slice(0, 4)) {
      await this.#ask(() =>
        this.#opened.diag.dump(
          sockDiagRequest(dump, 'receiving'),
          (bytes, message) => readAnswer(bytes, message, dump, intake),
          makeSlicer(),
        ),
      );
    }
    for (let index = 0; index < columns.length; index += 1) {
      const { protocol, localPort } = columns.at(index);
      if (protocol === 'tcp' || protocol === 'udp') ports[protocol].add(localPort);
    }
    return ports;
  }

  /** The counters of /proc/net/snmp and /proc/net/netstat. */
  handshakes(): Handshakes | undefined {
    const read = (file: string): ReadonlyMap<string, number> => {
      const text = this.#opened.within(() => this.#parts.files.read(`/proc/thread-self/net/${file}`, 1 << 16));
      return isFailure(text) ? new Map() : parseNetCounters(text.toString('latin1')).rows;
    };
    const completed = read('snmp').get('Tcp.PassiveOpens');
    return completed === undefined
      ? undefined
      : { completed, cookies: read('netstat').get('TcpExt.SyncookiesSent') ?? 0 };
  }

  /** The filter drops traffic to this port for some minutes; when there are too many, the one hushed first is heard. */
  hush(port: number): void {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#hushed.delete(port);
    this.#hushed.set(port, nowMs + HUSHED_MS);
    const [oldest] = this.#hushed.keys();
    if (this.#hushed.size > MAX_HUSHED && oldest !== undefined) this.#hushed.delete(oldest);
    this.#filter();
  }

  /** Ports whose time is over are heard again. */
  unhush(): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const before = this.#hushed.size;
    for (const [port, endMs] of this.#hushed) if (endMs <= nowMs) this.#hushed.delete(port);
    if (this.#hushed.size < before) this.#filter();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.lost();
    this.#closed = true;
    const { ring, route, diag } = this.#opened;
    ring[Symbol.dispose]();
    // A dump that goes on has the descriptors: they are closed when it has ended.
    void this.#asking.finally(() => {
      route[Symbol.dispose]();
      diag[Symbol.dispose]();
    });
  }

  #filter(): void {
    if (!this.#closed) this.#opened.ring.filter({ hushed: [...this.#hushed.keys()], ephemeral: this.#parts.ephemeral });
  }

  /** One question at a time: an answer must not be read by another. */
  async #ask(question: () => Promise<Failure | undefined>): Promise<Failure | undefined> {
    const closed: Failure = { error: 'EBADF', path: 'namespace' };
    const asking = this.#asking.then(() => (this.#closed ? closed : question()));
    this.#asking = asking.catch(() => undefined);
    return await asking;
  }
}

function hexOf(bytes: Uint8Array, at: number, length: 4 | 16): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('hex');
}

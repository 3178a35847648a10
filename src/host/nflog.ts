/**
 * A group of nfnetlink_log in one network namespace: what the packet filter logs ("log group N") comes here, in batches.
 * Groups are numbered for each namespace anew, and belong to one socket: a number that is taken is left alone.
 */

import { eachMessage, errorOf, NLMSG_ERROR } from '#formats/netlink-message.ts';
import { bindLog, eachLogged, type LoggedPacket, SequenceGaps } from '#formats/nflog.ts';
import { u16 } from '#formats/packet-header.ts';
import type { Failure } from '#model/host.ts';
import { isFailure } from '#model/host.ts';
import type { HeardPacket } from '#model/packets.ts';
import { errnoName, failureAt, lastError, libc, O } from './ffi.ts';
import { watchReadable } from './poller.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
/** Above what people give to ulogd and the like. */
const FIRST_GROUP = 27_000;
/** Taken by others: then somebody plays tricks with us. */
const TRIES = 64;
/** A whole message of the kernel: nfnlbufsiz is 64 KiB at most. */
const RECEIVE_BYTES = 66 << 10;
/** Datagrams in one go; then others get their turn. */
const READS_A_TURN = 48;

/** What is asked of a group. */
export interface LogOptions {
  /** Inode of the namespace, for who hears. */
  readonly namespace: number;
  readonly snapBytes: number;
  /** Packets in one message, and after how long one that is not full is sent. */
  readonly threshold: number;
  readonly timeoutMs: number;
  /** Memory in the kernel for what we have not read yet. */
  readonly bufferBytes: number;
  readonly nowMs: () => number;
}

export interface PacketLog extends Disposable {
  /** The number for rules. */
  readonly group: number;
  /** Packets that were logged and did not reach us, exactly, as the numbers of those that did tell. */
  lost(): number;
  /** Begins to hand packets over; call it once. `done` after each turn. */
  start(packet: (packet: HeardPacket) => void, done: () => void): void;
}

/** Takes a free group in the namespace of the calling thread. Needs CAP_NET_ADMIN. */
export function openPacketLog(options: LogOptions): PacketLog | Failure {
  const path = 'nfnetlink_log';
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | O.CLOEXEC | O.NONBLOCK, NETLINK_NETFILTER);
  if (fd < 0) return failureAt(path);
  using stack = new DisposableStack();
  stack.defer(() => {
    libc.close(fd);
  });
  const size = Buffer.from(Uint32Array.of(options.bufferBytes).buffer);
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4);
  // To the kernel only: nobody else can answer in its place.
  const kernel = Buffer.alloc(12);
  kernel.writeUInt16LE(AF_NETLINK, 0);
  if (libc.connect(fd, kernel, kernel.length) !== 0) return failureAt(path);
  const group = takeGroup(fd, options);
  if (isFailure(group)) return group;
  const log = new Log(fd, options);
  stack.use(log);
  const owned = stack.move();
  return {
    group,
    lost: () => log.lost,
    start: (packet, done) => log.start(packet, done),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

function takeGroup(fd: number, { snapBytes, threshold, timeoutMs }: LogOptions): number | Failure {
  let error = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    const group = FIRST_GROUP + tries;
    error = ask(fd, bindLog({ group, snapBytes, threshold, timeoutMs }));
    if (error === '') return group;
    // EPERM: another socket has it, or we have no rights at all; then the next one says the same.
    if (error !== 'EBUSY' && error !== 'EPERM') break;
  }
  return { error, path: 'nfnetlink_log' };
}

/** "" when the kernel said yes, else the errno name. The answer is there when send() returns. */
function ask(fd: number, request: Buffer): string {
  if (libc.send(fd, request, request.length, 0) !== request.length) return lastError();
  const answer = Buffer.alloc(4096);
  const length = libc.recv(fd, answer, answer.length, 0);
  if (length < 0) return lastError();
  let said = 'EBADMSG';
  eachMessage(answer, length, (message) => {
    if (message.type !== NLMSG_ERROR) return;
    const error = errorOf(answer, message);
    said = error === 0 ? '' : errnoName(error);
  });
  return said;
}

class Log implements Disposable {
  readonly #fd: number;
  readonly #options: LogOptions;
  readonly #bytes = Buffer.alloc(RECEIVE_BYTES);
  readonly #logged: LoggedPacket = { inbound: true, timeMs: 0, start: 0, end: 0, seq: -1 };
  readonly #packet: HeardPacket;
  #watched: Disposable | undefined;
  readonly #gaps = new SequenceGaps();

  constructor(fd: number, options: LogOptions) {
    this.#fd = fd;
    this.#options = options;
    const { namespace } = options;
    const bytes = this.#bytes;
    this.#packet = { timeMs: 0, namespace, inbound: true, bytes, start: 0, end: 0, length: 0, checksummed: true };
  }

  get lost(): number {
    return this.#gaps.lost;
  }

  start(packet: (packet: HeardPacket) => void, done: () => void): void {
    this.#watched = watchReadable(this.#fd, () => {
      this.#drain(packet);
      done();
    });
  }

  [Symbol.dispose](): void {
    this.#watched?.[Symbol.dispose]();
    this.#watched = undefined;
  }

  #drain(hand: (packet: HeardPacket) => void): void {
    const nowMs = this.#options.nowMs();
    for (let turn = 0; turn < READS_A_TURN && this.#watched !== undefined; turn += 1) {
      const length = libc.recv(this.#fd, this.#bytes, this.#bytes.length, 0);
      // ENOBUFS says that something was lost; how much, the number of the next packet says.
      if (length < 0 && lastError() === 'ENOBUFS') continue;
      if (length <= 0) return;
      eachLogged(this.#bytes, length, this.#logged, (logged) => this.#hand(logged, nowMs, hand));
    }
  }

  #hand({ inbound, timeMs, start, end, seq }: LoggedPacket, nowMs: number, hand: (packet: HeardPacket) => void): void {
    this.#gaps.take(seq);
    // Somebody may have closed us in between.
    if (this.#watched === undefined) return;
    const packet = this.#packet;
    packet.inbound = inbound;
    packet.timeMs = timeMs > 0 ? timeMs : nowMs;
    packet.start = start;
    packet.end = end;
    packet.length = lengthOf(this.#bytes, start, end);
    packet.checksummed = true;
    hand(packet);
  }
}

/** Length that the IP header gives itself: what was cut off is not told otherwise. */
function lengthOf(bytes: Buffer, start: number, end: number): number {
  if (end - start < 6) return end - start;
  return (bytes[start] ?? 0) >> 4 === 6 ? 40 + u16(bytes, start + 4) : u16(bytes, start + 2);
}

/** A netlink socket of the kernel's side only: netlink(7). Requests are answered before the call returns. */

import { eachMessage, errorOf, type NetlinkMessage, NLMSG_DONE, NLMSG_ERROR } from '#formats/netlink-message.ts';
import type { Slicer } from '#lib/slicer.ts';
import type { Failure } from '#model/host.ts';
import { errnoName, failureAt, libc, O } from './ffi.ts';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const MSG_DONTWAIT_TRUNC = 0x40 | 0x20;
// The kernel fills at most 32 KiB a message of a dump (netlink_dump), whatever the buffer.
const RECEIVE_BYTES = 64 << 10;

/** Called for each message of a dump; false: it could not be read. */
export type OnMessage = (bytes: Buffer, message: NetlinkMessage) => boolean;

export interface Netlink extends Disposable {
  /** Our own address: so that our socket is not taken for somebody's. */
  readonly portId: number;
  /**
   * Sends a dump request and reads all of its answer, letting the loop turn in between. Undefined when it came to its
   * end; ENOBUFS when the kernel dropped part of it, EBADMSG when a message made no sense.
   */
  dump(request: Buffer, onMessage: OnMessage, slicer: Slicer): Promise<Failure | undefined>;
}

/**
 * Opens a socket of a netlink protocol in the network namespace of the calling thread. It is connected to the kernel,
 * so that no other process can answer in its place.
 */
export function openNetlink(protocol: number, path: string): Netlink | Failure {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | O.CLOEXEC | O.NONBLOCK, protocol);
  if (fd < 0) return failureAt(path);
  const kernel = Buffer.alloc(12);
  kernel.writeUInt16LE(AF_NETLINK, 0);
  if (libc.connect(fd, kernel, kernel.length) !== 0) {
    const failure = failureAt(path);
    libc.close(fd);
    return failure;
  }
  const address = Buffer.alloc(12);
  const size = Buffer.from(Uint32Array.of(address.length).buffer);
  const named = libc.getsockname(fd, address, size) === 0;
  const buffer = Buffer.alloc(RECEIVE_BYTES);
  let seq = 0;
  return {
    portId: named ? address.readUInt32LE(4) : 0,
    async dump(request, onMessage, slicer) {
      seq += 1;
      request.writeUInt32LE(seq, 8);
      if (libc.send(fd, request, request.length, 0) !== request.length) return failureAt(path);
      for (;;) {
        const length = libc.recv(fd, buffer, buffer.length, MSG_DONTWAIT_TRUNC);
        if (length < 0) return failureAt(path);
        const end = takeDatagram(buffer, length, seq, onMessage);
        if (end !== undefined) return end === '' ? undefined : { error: end, path };
        if (slicer.due()) await slicer.pause();
      }
    },
    [Symbol.dispose]() {
      libc.close(fd);
    },
  };
}

/** Undefined: there is more to come. "": the end. Else the errno name. */
function takeDatagram(buffer: Buffer, length: number, seq: number, onMessage: OnMessage): string | undefined {
  if (length > buffer.length) return 'EMSGSIZE';
  let end: string | undefined;
  const rest = eachMessage(buffer, length, (message) => {
    if (message.seq !== seq || end !== undefined) return;
    if (message.type === NLMSG_DONE || message.type === NLMSG_ERROR) {
      const error = errorOf(buffer, message);
      end = error > 0 ? errnoName(error) : '';
    } else if (!onMessage(buffer, message)) end = 'EBADMSG';
  });
  return rest > 0 && end === undefined ? 'EBADMSG' : end;
}

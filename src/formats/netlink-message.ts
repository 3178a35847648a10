/** Netlink messages and their attributes: netlink(7), include/uapi/linux/netlink.h. Bounded by lengths that are checked. */

/** nlmsghdr.nlmsg_type of messages that netlink itself sends. */
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

const HEADER_BYTES = 16;
const NLM_F_REQUEST_DUMP = 0x301;

/** One message in a datagram; `start` and `end` bound its body. Only until the next one: the object is used again. */
export interface NetlinkMessage {
  readonly type: number;
  readonly seq: number;
  readonly start: number;
  readonly end: number;
}

const align = (length: number): number => (length + 3) & ~3;

/** A request for a dump with this body. */
export function dumpRequest(type: number, body: Uint8Array): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + body.length);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(NLM_F_REQUEST_DUMP, 6);
  message.set(body, HEADER_BYTES);
  return message;
}

/**
 * Calls `onMessage` for each whole message in the first `length` bytes. Returns the bytes at the end that are no message
 * (0 when all was read): a length that is too small or points beyond the end stops the walk.
 */
export function eachMessage(bytes: Buffer, length: number, onMessage: (message: NetlinkMessage) => void): number {
  let at = 0;
  const message = { type: 0, seq: 0, start: 0, end: 0 };
  while (at + HEADER_BYTES <= length) {
    const size = bytes.readUInt32LE(at);
    if (size < HEADER_BYTES || at + size > length) return length - at;
    message.type = bytes.readUInt16LE(at + 4);
    message.seq = bytes.readUInt32LE(at + 8);
    message.start = at + HEADER_BYTES;
    message.end = at + size;
    onMessage(message);
    at += align(size);
  }
  return Math.max(0, length - at);
}

/** Calls `onAttribute` with type and bounds of each attribute between `start` and `end`. */
export function eachAttribute(
  bytes: Buffer,
  start: number,
  end: number,
  onAttribute: (type: number, start: number, end: number) => void,
): void {
  let at = start;
  while (at + 4 <= end) {
    const size = bytes.readUInt16LE(at);
    if (size < 4 || at + size > end) return;
    onAttribute(bytes.readUInt16LE(at + 2) & 0x3fff, at + 4, at + size);
    at += align(size);
  }
}

/** errno of an NLMSG_ERROR or NLMSG_DONE message, 0 for none. */
export function errorOf(bytes: Buffer, message: NetlinkMessage): number {
  return message.end - message.start >= 4 ? -bytes.readInt32LE(message.start) : 0;
}

/**
 * Packets as the kernel logs them over netlink (NFLOG): include/uapi/linux/netfilter/nfnetlink_log.h,
 * net/netfilter/nfnetlink_log.c. Total: what is damaged is counted and left out.
 */

import { eachAttribute, eachMessage } from './netlink-message.ts';

const NFNL_SUBSYS_ULOG = 4;
const PACKET = NFNL_SUBSYS_ULOG << 8;
const CONFIG = (NFNL_SUBSYS_ULOG << 8) | 1;
const NLM_F_REQUEST_ACK = 5;
/** nlmsghdr, and struct nfgenmsg {family u8, version u8, res_id be16: the group}. */
const HEADER_BYTES = 20;

/** Attributes of a packet. */
const HDR = 1;
const TIMESTAMP = 3;
const PAYLOAD = 9;
const SEQ = 12;

/** Attributes of a configuration, and its commands. */
const CFG = { command: 1, mode: 2, bufferBytes: 3, timeout: 4, threshold: 5, flags: 6 } as const;
const BIND = 1;
const COPY_PACKET = 2;
const FLAG_SEQ = 1;

/** Hooks (enum nf_inet_hooks): up to here a packet comes in. */
const LAST_INBOUND_HOOK = 1;

/** One logged packet; the object is used again for the next one. */
export interface LoggedPacket {
  /** Where in the path: true for prerouting and input. */
  inbound: boolean;
  /** Epoch milliseconds; 0 where the kernel did not stamp it. */
  timeMs: number;
  /** Bounds of the packet from its network header on, cut where the group cuts. */
  start: number;
  end: number;
  /** Counts up with each packet of the group, modulo 2^32; -1 where it is not told. */
  seq: number;
}

/**
 * Calls `hand` for each logged packet in the first `length` bytes. Returns how many messages were none: damaged, or of
 * another kind.
 */
export function eachLogged(
  bytes: Buffer,
  length: number,
  into: LoggedPacket,
  hand: (packet: LoggedPacket) => void,
): number {
  let rejects = 0;
  const rest = eachMessage(bytes, length, ({ type, start, end }) => {
    if (type !== PACKET || end - start < HEADER_BYTES - 16) {
      rejects += 1;
      return;
    }
    into.start = -1;
    into.timeMs = 0;
    into.seq = -1;
    into.inbound = true;
    eachAttribute(bytes, start + 4, end, (attribute, from, to) => take(bytes, into, { attribute, from, to }));
    if (into.start < 0) rejects += 1;
    else hand(into);
  });
  return rest > 0 ? rejects + 1 : rejects;
}

function take(
  bytes: Buffer,
  into: LoggedPacket,
  { attribute, from, to }: { readonly attribute: number; readonly from: number; readonly to: number },
): void {
  const size = to - from;
  // struct nfulnl_msg_packet_hdr {hw_protocol be16, hook u8}; struct nfulnl_msg_packet_timestamp {sec be64, usec be64}.
  if (attribute === HDR && size >= 3) into.inbound = (bytes[from + 2] ?? 0) <= LAST_INBOUND_HOOK;
  else if (attribute === TIMESTAMP && size >= 16)
    into.timeMs =
      (bytes.readUInt32BE(from) * 2 ** 32 + bytes.readUInt32BE(from + 4)) * 1000 + bytes.readUInt32BE(from + 12) / 1000;
  else if (attribute === SEQ && size >= 4) into.seq = bytes.readUInt32BE(from);
  else if (attribute === PAYLOAD && size > 0) {
    into.start = from;
    into.end = to;
  }
}

/** Counts what is missing in the numbers of a group: exact, as long as less than four thousand million are missing. */
export class SequenceGaps {
  #next = -1;
  lost = 0;

  /** Takes the number of the packet that came next; -1 says nothing. */
  take(seq: number): void {
    if (seq < 0) return;
    if (this.#next >= 0) this.lost += (seq - this.#next + 2 ** 32) % 2 ** 32;
    this.#next = (seq + 1) % 2 ** 32;
  }
}

/** How a group hands packets over. */
export interface LogWish {
  readonly group: number;
  /** Bytes of each packet. */
  readonly snapBytes: number;
  /** Packets in one message, and milliseconds (tens) after which a message that is not full is sent. */
  readonly threshold: number;
  readonly timeoutMs: number;
}

/** Takes a group for the socket that sends it. The kernel acknowledges; EBUSY: another socket has it. */
export function bindLog({ group, snapBytes, threshold, timeoutMs }: LogWish): Buffer {
  const mode = Buffer.alloc(6);
  mode.writeUInt32BE(snapBytes, 0);
  mode.writeUInt8(COPY_PACKET, 4);
  const flags = Buffer.alloc(2);
  flags.writeUInt16BE(FLAG_SEQ, 0);
  return message(group, [
    [CFG.command, Buffer.of(BIND)],
    [CFG.mode, mode],
    [CFG.bufferBytes, u32(Math.min(65_536, threshold * (snapBytes + 96)))],
    [CFG.timeout, u32(Math.max(1, Math.round(timeoutMs / 10)))],
    [CFG.threshold, u32(threshold)],
    [CFG.flags, flags],
  ]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

function message(group: number, attributes: readonly (readonly [type: number, value: Buffer])[]): Buffer {
  const parts = attributes.map(([type, value]) => {
    const part = Buffer.alloc((4 + value.length + 3) & ~3);
    part.writeUInt16LE(4 + value.length, 0);
    part.writeUInt16LE(type, 2);
    value.copy(part, 4);
    return part;
  });
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(HEADER_BYTES + parts.reduce((sum, { length }) => sum + length, 0), 0);
  header.writeUInt16LE(CONFIG, 4);
  header.writeUInt16LE(NLM_F_REQUEST_ACK, 6);
  header.writeUInt16BE(group, 18);
  return Buffer.concat([header, ...parts]);
}

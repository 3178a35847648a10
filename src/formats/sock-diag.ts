/**
 * Requests and answers of NETLINK_SOCK_DIAG: sock_diag(7), include/uapi/linux/{inet,unix,packet,netlink}_diag.h.
 * Answers are written straight into columns.
 */

import { dumpRequest, eachAttribute, type NetlinkMessage } from './netlink-message.ts';
import { kindWord, type SocketColumns, UNKNOWN_UID, word } from './socket-columns.ts';

const SOCK_DIAG_BY_FAMILY = 20;
const TCPDIAG_GETSOCK = 18;
const NETLINK_SOCK_DIAG = 4;
const TCP_LISTEN = 10;
const TCP_CLOSE = 7;

/** What can be asked for, each with the file of /proc/net that says the same. */
export const dumps = [
  { name: 'tcp', family: 2, protocol: 6 },
  { name: 'tcp6', family: 10, protocol: 6 },
  { name: 'udp', family: 2, protocol: 17 },
  { name: 'udp6', family: 10, protocol: 17 },
  { name: 'udplite', family: 2, protocol: 136 },
  { name: 'udplite6', family: 10, protocol: 136 },
  { name: 'unix', family: 1, protocol: 0 },
  { name: 'packet', family: 17, protocol: 0 },
  { name: 'netlink', family: 16, protocol: 255 },
] as const;
export type Dump = (typeof dumps)[number];

/** `receiving`: the kernel leaves connections out before it copies anything. */
export type What = 'receiving' | 'all';

/** The request for a dump. */
export function sockDiagRequest({ family, protocol }: Dump, what: What): Buffer {
  return dumpRequest(SOCK_DIAG_BY_FAMILY, bodyOf(family, protocol, what));
}

/**
 * The request for TCP over IPv4 and IPv6 in one dump: the older message that the kernel keeps for this (struct
 * inet_diag_req, inet_diag_dump_compat() in net/ipv4/inet_diag.c; ss uses it as well). Two dumps walk the same hash
 * table twice, and it is as large as the host's memory allows.
 */
export function tcpRequest(what: What): Buffer {
  // family u8, then what only old kernels read; states at 52.
  return dumpRequest(
    TCPDIAG_GETSOCK,
    padded(Buffer.from([2]), 60, [52, what === 'all' ? 0xffffffff : 1 << TCP_LISTEN]),
  );
}

/**
 * The request for sockets of UDP, from port `from` on, whose port was bound by number. Only the kernel knows
 * (SOCK_BINDPORT_LOCK), and it tells by no attribute, but it filters by it: `autobound` of ss-filter, the byte code of
 * inet_diag_bc_run() in net/ipv4/inet_diag.c. Answers are read by `inodeOfAnswer`.
 */
export function boundByNumberRequest({ family, protocol }: Dump, from: number): Buffer {
  const body = bodyOf(family, protocol, 'receiving');
  // Each 4 bytes: code, yes, no: how far to go on. Beyond the end is "leave it out"; S_GE has its port in the next four.
  const code = Buffer.from([2, 8, 20, 0, 0, 0, from & 0xff, from >>> 8, 6, 4, 8, 0, 1, 4, 8, 0]);
  // struct nlattr: length, INET_DIAG_REQ_BYTECODE.
  return dumpRequest(SOCK_DIAG_BY_FAMILY, Buffer.concat([body, Buffer.from([4 + code.length, 0, 1, 0]), code]));
}

/** Inode in an answer about an inet socket; undefined when it is too short. */
export function inodeOfAnswer(bytes: Buffer, { start, end }: NetlinkMessage): number | undefined {
  return end - start < 72 ? undefined : bytes.readUInt32LE(start + 68);
}

function bodyOf(family: number, protocol: number, what: What): Buffer {
  switch (family) {
    case 1: {
      const body = Buffer.from([family, 0]);
      // show: NAME 1, RQLEN 0x10, UID 0x40
      return padded(body, 24, [4, what === 'all' ? 0xffffffff : (1 << TCP_LISTEN) | (1 << TCP_CLOSE), 12, 0x51]);
    }
    case 17:
      // show: INFO 1, MEMINFO 0x10, FILTER 0x20
      return padded(Buffer.from([family, 0]), 20, [8, 0x31]);
    case 16:
      // show: MEMINFO 1
      return padded(Buffer.from([family, protocol]), 20, [8, 1]);
    default: {
      const receiving = protocol === 6 ? 1 << TCP_LISTEN : 1 << TCP_CLOSE;
      return padded(Buffer.from([family, protocol]), 56, [4, what === 'all' ? 0xffffffff : receiving]);
    }
  }
}

/** A zeroed body with its first bytes, and pairs of offset and u32. */
function padded(first: Buffer, length: number, numbers: readonly number[]): Buffer {
  const body = Buffer.alloc(length);
  first.copy(body);
  for (let i = 0; i < numbers.length; i += 2) body.writeUInt32LE((numbers[i + 1] ?? 0) >>> 0, numbers[i] ?? 0);
  return body;
}

/** Where answers go, and what to say of them. */
export interface Intake {
  readonly columns: SocketColumns;
  readonly namespace: number;
  readonly what: What;
  /** Netlink address of the socket that asks, which is left out. */
  readonly ownPort?: number;
  /**
   * Inodes of netlink sockets taken so far. Since its tables are rhashtables, the kernel gives a socket that is in a
   * multicast group twice (__netlink_diag_dump() asks sk_hashed(), which is never true any more).
   */
  readonly netlinkSeen?: Set<number>;
}

/** Reads one answer into the columns; false when it is too short for what it claims to be. */
export function readAnswer(bytes: Buffer, message: NetlinkMessage, dump: Dump, intake: Intake): boolean {
  if (dump.family === 1) return readUnix(bytes, message, intake);
  if (dump.family === 17) return readPacket(bytes, message, intake);
  if (dump.family === 16) return readNetlink(bytes, message, intake);
  return readInet(bytes, message, dump, intake);
}

const views = new WeakMap<Buffer, Uint32Array>();

/** The buffer as words in the machine's order; messages begin at multiples of four in it. */
function wordsOf(bytes: Buffer): Uint32Array {
  let view = views.get(bytes);
  if (view === undefined) {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
    view = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
    if (aligned !== bytes) return view;
    views.set(bytes, view);
  }
  return view;
}

function inetKind(dump: Dump, family: number, state: number): number {
  const protocol = dump.protocol === 6 ? 'tcp' : dump.protocol === 17 ? 'udp' : 'udplite';
  return kindWord(family === 2 ? 'inet' : 'inet6', protocol, state);
}

/** struct inet_diag_msg, 72 bytes. */
function readInet(bytes: Buffer, { start, end }: NetlinkMessage, dump: Dump, { columns, namespace }: Intake): boolean {
  if (end - start < 72) return false;
  const base = columns.add();
  const { words } = columns;
  words[base + word.kind] = inetKind(dump, bytes[start] ?? 0, bytes[start + 1] ?? 0);
  words[base + word.namespace] = namespace;
  // As words, not through Buffer's readers: this is what a host with 100,000 connections spends its time on.
  const message = wordsOf(bytes);
  const from = start >>> 2;
  for (let i = 0; i < 8; i++) words[base + word.local + i] = message[from + 2 + i] ?? 0;
  const ports = message[from + 1] ?? 0;
  words[base + word.ports] = ((ports & 0x00ff00ff) << 8) | ((ports >>> 8) & 0x00ff00ff);
  words[base + word.interfaceIndex] = message[from + 10] ?? 0;
  words[base + word.receiveQueue] = message[from + 14] ?? 0;
  words[base + word.sendQueue] = message[from + 15] ?? 0;
  words[base + word.uid] = message[from + 16] ?? 0;
  words[base + word.inode] = message[from + 17] ?? 0;
  return true;
}

/** struct unix_diag_msg, 16 bytes, then attributes NAME 0, RQLEN 4, UID 7. */
function readUnix(bytes: Buffer, { start, end }: NetlinkMessage, { columns, namespace, what }: Intake): boolean {
  if (end - start < 16) return false;
  const type = bytes[start + 1] ?? 0;
  const state = bytes[start + 2] ?? 0;
  let nameStart = 0;
  let nameEnd = 0;
  let queues = 0;
  let uid = UNKNOWN_UID;
  eachAttribute(bytes, start + 16, end, (kind, from, to) => {
    if (kind === 0) [nameStart, nameEnd] = [from, to];
    else if (kind === 4 && to - from >= 8) queues = from;
    else if (kind === 7 && to - from >= 4) uid = bytes.readUInt32LE(from);
  });
  // A stream that is bound but does not listen, or that has no name, receives nothing from anybody.
  if (what === 'receiving' && (nameEnd === nameStart || (type !== 2 && state !== TCP_LISTEN))) return true;
  const base = columns.add();
  const { words } = columns;
  words[base + word.kind] = kindWord('unix', type === 1 ? 'stream' : type === 2 ? 'dgram' : 'seqpacket', state);
  words[base + word.namespace] = namespace;
  words[base + word.inode] = bytes.readUInt32LE(start + 4);
  words[base + word.uid] = uid;
  if (queues > 0) {
    words[base + word.receiveQueue] = bytes.readUInt32LE(queues);
    words[base + word.sendQueue] = bytes.readUInt32LE(queues + 4);
  }
  if (nameEnd > nameStart) columns.addName(base, bytes, nameStart, nameEnd);
  return true;
}

/** struct packet_diag_msg, 16 bytes, then attributes INFO 0, UID 5, MEMINFO 6, FILTER 7. */
function readPacket(bytes: Buffer, { start, end }: NetlinkMessage, { columns, namespace }: Intake): boolean {
  if (end - start < 16) return false;
  const base = columns.add();
  const { words } = columns;
  words[base + word.kind] = kindWord('packet', 'packet', 0);
  words[base + word.namespace] = namespace;
  words[base + word.number] = bytes.readUInt16LE(start + 2);
  words[base + word.inode] = bytes.readUInt32LE(start + 4);
  // No FILTER: there is none. An empty one: there may be one, but we lack CAP_NET_ADMIN (sock_diag_put_filterinfo).
  let filter = 1;
  eachAttribute(bytes, start + 16, end, (kind, from, to) => {
    if (kind === 7) filter = to > from ? ((to - from) >>> 3) + 1 : 0;
    else if (to - from < 4) return;
    else if (kind === 0) words[base + word.interfaceIndex] = bytes.readUInt32LE(from);
    else if (kind === 5) words[base + word.uid] = bytes.readUInt32LE(from);
    else if (kind === 6) words[base + word.receiveQueue] = bytes.readUInt32LE(from);
  });
  words[base + word.filter] = filter;
  return true;
}

/** struct netlink_diag_msg, 28 bytes. The kernel does not tell the user; port 0 is the kernel's own end. */
function readNetlink(bytes: Buffer, { start, end }: NetlinkMessage, intake: Intake): boolean {
  if (end - start < 28) return false;
  const portId = bytes.readUInt32LE(start + 4);
  const { columns, namespace, what, ownPort, netlinkSeen } = intake;
  if (what === 'receiving' && portId === 0) return true;
  // Addresses are unique within a protocol only.
  if (ownPort === portId && bytes[start + 2] === NETLINK_SOCK_DIAG) return true;
  const inode = bytes.readUInt32LE(start + 16);
  if (netlinkSeen?.has(inode) === true) return true;
  netlinkSeen?.add(inode);
  const base = columns.add();
  const { words } = columns;
  words[base + word.kind] = kindWord('netlink', 'netlink', bytes[start + 3] ?? 0);
  words[base + word.namespace] = namespace;
  words[base + word.number] = bytes[start + 2] ?? 0;
  words[base + word.portId] = portId;
  words[base + word.uid] = UNKNOWN_UID;
  words[base + word.inode] = inode;
  return true;
}

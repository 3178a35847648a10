/**
 * Sockets packed into one array of 32-bit words and one pool of name bytes: 100,000 sockets as objects would cost
 * 160 MiB, packed they cost 8. `at` makes the object when it is asked for.
 */

import { byteText } from '#lib/byte-text.ts';
import { ipv4Text, ipv6Text } from '#lib/ip-text.ts';
import type { RawSocket, SocketFamily } from '#model/host.ts';

/** Words of a row, by position. Addresses are in network order as the kernel gave them; Unix rows keep their name there. */
export const word = {
  kind: 0,
  namespace: 1,
  local: 2,
  remote: 6,
  ports: 10,
  interfaceIndex: 11,
  number: 12,
  portId: 13,
  uid: 14,
  inode: 15,
  receiveQueue: 16,
  sendQueue: 17,
  /** Instructions + 1; 0 where the kernel does not say. */
  filter: 18,
} as const;
const WORDS = 19;

/** Where the kernel does not tell the user (netlink; Unix before 5.3); no user has this number. `at` gives -1. */
export const UNKNOWN_UID = 0xff_ff_ff_ff;

const families: readonly SocketFamily[] = ['inet', 'inet6', 'unix', 'packet', 'netlink'];
const NETLINK = families.indexOf('netlink');
const protocols = ['tcp', 'udp', 'udplite', 'raw', 'stream', 'dgram', 'seqpacket', 'packet', 'netlink'] as const;

/** Words of ss for the states of include/net/tcp_states.h; Unix and netlink use the same numbers here. */
const states = [
  'UNCONN',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECV',
  'UNCONN',
] as const;

/** First word of a row: family, protocol and the kernel's state number. */
export function kindWord(family: SocketFamily, protocol: string, state: number): number {
  const index = protocols.indexOf(protocol as (typeof protocols)[number]);
  return families.indexOf(family) | ((index < 0 ? 3 : index) << 8) | (state << 16);
}

/** Number of a state of ss; 7 ("UNCONN") for a word that is none. */
export function stateNumber(state: string): number {
  const index = (states as readonly string[]).indexOf(state, 1);
  return index < 0 ? 7 : index;
}

/** Word of ss for a state number of the kernel. */
export function stateWord(state: number): string {
  return states[state] ?? `STATE-${state}`;
}

/** The packed rows. */
export class SocketColumns {
  #words: Uint32Array;
  #names = new Uint8Array(1024);
  #nameBytes = 0;
  #length = 0;

  /** `expected` rows are made room for at once. */
  constructor(expected = 256) {
    this.#words = new Uint32Array(WORDS * Math.max(16, expected));
  }

  get length(): number {
    return this.#length;
  }

  /** The words of all rows; `base` of a row is its index × `stride`. Only until the next row is added. */
  get words(): Uint32Array {
    return this.#words;
  }

  get stride(): number {
    return WORDS;
  }

  /** Adds a row of zeros and returns its base in `words`. */
  add(): number {
    const base = this.#length * WORDS;
    if (base + WORDS > this.#words.length) {
      const larger = new Uint32Array(Math.ceil((this.#words.length * 3) / 2 / WORDS) * WORDS);
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#length += 1;
    return base;
  }

  /** Takes back the rows from `length` on: what a dump gave before it failed. */
  truncate(length: number): void {
    this.#words.fill(0, length * WORDS, this.#length * WORDS);
    this.#length = length;
  }

  /** Keeps the bytes of a name and writes its place into the row. */
  addName(base: number, bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#nameBytes + length > this.#names.length) {
      const larger = new Uint8Array(Math.max(this.#names.length * 2, this.#nameBytes + length));
      larger.set(this.#names);
      this.#names = larger;
    }
    this.#names.set(bytes.subarray(start, end), this.#nameBytes);
    this.#words[base + word.local] = this.#nameBytes;
    this.#words[base + word.local + 1] = length;
    this.#nameBytes += length;
  }

  /** Inode of a row; 0 for what has none (a connection that waits to end). */
  inodeAt(index: number): number {
    return this.#words[index * WORDS + word.inode] ?? 0;
  }

  /** Inode of a row that a process may hold: the kernel's own netlink sockets are held by none. */
  ownableInodeAt(index: number): number {
    const kernels =
      ((this.#words[index * WORDS] ?? 0) & 0xff) === NETLINK && this.#words[index * WORDS + word.portId] === 0;
    return kernels ? 0 : this.inodeAt(index);
  }

  /** The row as an object; throws for an index that is not there. */
  at(index: number): RawSocket {
    if (!Number.isInteger(index) || index < 0 || index >= this.#length) throw new RangeError(`No socket ${index}`);
    const row = this.#words.subarray(index * WORDS, (index + 1) * WORDS);
    const get = (position: number): number => row[position] ?? 0;
    const kind = get(word.kind);
    const family = families[kind & 0xff] ?? 'inet';
    const filter = get(word.filter);
    return {
      namespace: get(word.namespace),
      family,
      protocol: protocols[(kind >>> 8) & 0xff] ?? 'raw',
      state: stateWord(kind >>> 16),
      localAddress: addressText(row, family, word.local),
      localPort: get(word.ports) & 0xffff,
      remoteAddress: addressText(row, family, word.remote),
      remotePort: get(word.ports) >>> 16,
      path: family === 'unix' ? this.#nameText(get(word.local), get(word.local + 1)) : '',
      interfaceIndex: get(word.interfaceIndex),
      number: get(word.number),
      portId: get(word.portId),
      uid: get(word.uid) === UNKNOWN_UID ? -1 : get(word.uid),
      inode: get(word.inode),
      receiveQueueBytes: get(word.receiveQueue),
      sendQueueBytes: get(word.sendQueue),
      ...(filter > 0 ? { filterInstructions: filter - 1 } : {}),
    };
  }

  #nameText(offset: number, length: number): string {
    return unixName(this.#names.subarray(offset, offset + length));
  }
}

/**
 * A Unix socket's name as text: the kernel ends paths with NUL, and begins abstract names with it. NUL inside abstract
 * names becomes "@", as in /proc/net/unix.
 */
export function unixName(bytes: Uint8Array): string {
  if (bytes.length === 0) return '';
  if (bytes[0] !== 0) {
    const end = bytes.indexOf(0);
    return byteText(end < 0 ? bytes : bytes.subarray(0, end));
  }
  return byteText(bytes.map((byte) => (byte === 0 ? 0x40 : byte)));
}

function addressText(row: Uint32Array, family: SocketFamily, position: number): string {
  if (family !== 'inet' && family !== 'inet6') return '';
  const bytes = new Uint8Array(row.buffer, row.byteOffset + position * 4, 16);
  return family === 'inet' ? ipv4Text(bytes) : ipv6Text(bytes);
}

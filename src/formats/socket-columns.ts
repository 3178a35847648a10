/**
 * Sockets packed into blocks of 32-bit words and one pool of name bytes: 100,000 sockets as objects would cost 160 MiB,
 * packed they cost 8. `at` makes the object when it is asked for.
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
/** Rows of a block (78 KB): a snapshot grows block by block and never copies what it has. */
const BLOCK_ROWS = 1024;
/** Blocks that wait to be used again: those of a million sockets. */
const MAX_SPARE = 1024;

/** Blocks of snapshots that are done with: a large host fills them again at each look instead of leaving them to V8. */
export type SpareBlocks = Uint32Array[];

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
  readonly #blocks: Uint32Array[] = [];
  readonly #spare: SpareBlocks;
  /** The block that rows are added to. */
  #words: Uint32Array;
  #names = new Uint8Array(1024);
  #nameBytes = 0;
  #length = 0;

  /** `expected` rows are made room for at once, at most a block. Whole blocks are taken from `spare`, and given back. */
  constructor(expected = BLOCK_ROWS, spare: SpareBlocks = []) {
    this.#spare = spare;
    this.#words = expected < BLOCK_ROWS ? new Uint32Array(WORDS * Math.max(16, expected)) : this.#block();
    this.#blocks.push(this.#words);
  }

  get length(): number {
    return this.#length;
  }

  /** The words of the row that was added last, from the base that `add` gave. Only until the next row is added. */
  get words(): Uint32Array {
    return this.#words;
  }

  /** Adds a row of zeros and returns its base in `words`. */
  add(): number {
    const base = (this.#length % BLOCK_ROWS) * WORDS;
    if (base === 0 && this.#length > 0) this.#use(this.#block());
    else if (base === this.#words.length) {
      // A small first block: it becomes a whole one.
      const whole = this.#block();
      whole.set(this.#words);
      this.#blocks.pop();
      this.#use(whole);
    }
    this.#length += 1;
    return base;
  }

  /** Takes back the rows from `length` on: what a dump gave before it failed. */
  truncate(length: number): void {
    const blocks = Math.max(1, Math.ceil(length / BLOCK_ROWS));
    this.#blocks.length = Math.min(this.#blocks.length, blocks);
    const last = this.#blocks.pop() ?? this.#block();
    last.fill(0, (length - (blocks - 1) * BLOCK_ROWS) * WORDS);
    this.#use(last);
    this.#length = length;
  }

  /** Gives the memory back at once: there is no row any more. */
  release(): void {
    for (const block of this.#blocks) {
      if (block.length === BLOCK_ROWS * WORDS && this.#spare.length < MAX_SPARE) this.#spare.push(block);
    }
    this.#blocks.length = 0;
    this.#length = 0;
    this.#use(new Uint32Array(WORDS * 16));
  }

  #block(): Uint32Array {
    return this.#spare.pop()?.fill(0) ?? new Uint32Array(BLOCK_ROWS * WORDS);
  }

  #use(block: Uint32Array): void {
    this.#blocks.push(block);
    this.#words = block;
  }

  /** One word of a row, 0 where there is none. */
  #word(index: number, position: number): number {
    return this.#blocks[Math.floor(index / BLOCK_ROWS)]?.[(index % BLOCK_ROWS) * WORDS + position] ?? 0;
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
    return this.#word(index, word.inode);
  }

  /** Inode of a row that a process may hold: the kernel's own netlink sockets are held by none. */
  ownableInodeAt(index: number): number {
    const kernels = (this.#word(index, word.kind) & 0xff) === NETLINK && this.#word(index, word.portId) === 0;
    return kernels ? 0 : this.inodeAt(index);
  }

  /** The row as an object; throws for an index that is not there. */
  at(index: number): RawSocket {
    const block = this.#blocks[Math.floor(index / BLOCK_ROWS)];
    if (!Number.isInteger(index) || index < 0 || index >= this.#length || block === undefined)
      throw new RangeError(`No socket ${index}`);
    const row = block.subarray((index % BLOCK_ROWS) * WORDS, ((index % BLOCK_ROWS) + 1) * WORDS);
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
function unixName(bytes: Uint8Array): string {
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

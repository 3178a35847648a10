/** Writes tiny databases in MaxMind's format 2.0 (https://maxmind.github.io/MaxMind-DB/), for tests of what reads them. */

import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';

type Value = string | number | { readonly [key: string]: Value };

/** A database of IPv6 (IPv4 lies in ::/96) with a record for each network; records of 24 bits. */
export function mmdb(networks: Readonly<Record<string, Value>>): Buffer {
  const nodes: [number | Value, number | Value][] = [[EMPTY, EMPTY]];
  for (const [text, record] of Object.entries(networks)) insert(nodes, bitsOf(text), record);
  const data: Buffer[] = [];
  let dataBytes = 0;
  const places = new Map<Value, number>();
  const pointer = (side: number | Value): number => {
    if (typeof side === 'number') return side === EMPTY ? nodes.length : side;
    const known = places.get(side);
    if (known !== undefined) return known;
    const bytes = encode(side);
    const at = nodes.length + 16 + dataBytes;
    places.set(side, at);
    data.push(bytes);
    dataBytes += bytes.length;
    return at;
  };
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [index, [left, right]] of nodes.entries()) {
    tree.writeUIntBE(pointer(left), index * 6, 3);
    tree.writeUIntBE(pointer(right), index * 6 + 3, 3);
  }
  const about = {
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_763_683_200,
    database_type: 'Test',
    ip_version: 6,
    node_count: nodes.length,
    record_size: 24,
  };
  const marker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
  return Buffer.concat([tree, Buffer.alloc(16), ...data, marker, encode(about)]);
}

const EMPTY = -1;

function insert(nodes: [number | Value, number | Value][], bits: readonly number[], record: Value): void {
  let at = 0;
  for (const [index, bit] of bits.entries()) {
    const node = nodes[at];
    if (node === undefined) throw new Error(`No node ${at}`);
    if (index === bits.length - 1) {
      node[bit] = record;
      return;
    }
    let next = node[bit];
    if (next === EMPTY) {
      next = nodes.push([EMPTY, EMPTY]) - 1;
      node[bit] = next;
    }
    if (typeof next !== 'number') throw new Error('One network lies in another');
    at = next;
  }
}

function bitsOf(text: string): number[] {
  const prefix = parsePrefix(text);
  if (!isPrefix(prefix)) throw new Error(`No network: "${text}"`);
  const own = [...prefix.bytes].flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((shift) => (byte >> shift) & 1));
  const before = prefix.family === 4 ? Array<number>(96).fill(0) : [];
  return [...before, ...own.slice(0, prefix.bits)];
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(2, bytes.length), bytes]);
  }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, of]) => [encode(key), encode(of)])]);
}

/** Type in the upper three bits, size below; sizes from 29 on take one more byte. */
function control(type: number, size: number): Buffer {
  return size < 29 ? Buffer.of((type << 5) | size) : Buffer.of((type << 5) | 29, size - 29);
}

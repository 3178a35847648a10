/** Reads elements of named sets from `nft --json list set …` (libnftables-json(5)): address or prefix, and what is left. */

import { isPrefix, parsePrefix } from '#lib/ip-prefix.ts';

/** One element that is an address or a prefix. */
export interface NftElement {
  readonly set: string;
  readonly prefix: string;
  /** What is left of its timeout; 0 where it has none. */
  readonly expiresMs: number;
  /** Packets that met it, where the set counts; else 0. */
  readonly packets: number;
}

/** Everything that is no such element is in `rejects`, shortened. */
export interface NftElements {
  readonly rows: readonly NftElement[];
  readonly rejects: readonly string[];
}

/** `text`: one JSON document a line. */
export function parseNftSets(text: string): NftElements {
  const rows: NftElement[] = [];
  const rejects: string[] = [];
  for (const line of text.split('\n').filter((part) => part.trim() !== '')) {
    const sets = setsIn(line);
    if (sets === undefined) rejects.push(line.slice(0, 200));
    else for (const set of sets) readSet(set, rows, rejects);
  }
  return { rows, rejects };
}

function setsIn(line: string): readonly unknown[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(line);
  } catch {
    return undefined;
  }
  const list = fieldOf(document, 'nftables');
  return Array.isArray(list) ? list.map((item) => fieldOf(item, 'set')).filter((set) => set !== undefined) : undefined;
}

function readSet(set: unknown, rows: NftElement[], rejects: string[]): void {
  const name = fieldOf(set, 'name');
  const elements = fieldOf(set, 'elem');
  if (typeof name !== 'string' || !Array.isArray(elements)) return;
  for (const element of elements) {
    const inner = fieldOf(element, 'elem') ?? element;
    const prefix = prefixIn(fieldOf(inner, 'val') ?? inner);
    const seconds = fieldOf(inner, 'expires');
    const packets = fieldOf(fieldOf(inner, 'counter'), 'packets');
    if (prefix === undefined) rejects.push(JSON.stringify(element).slice(0, 200));
    else rows.push({ set: name, prefix, expiresMs: numberOf(seconds) * 1000, packets: numberOf(packets) });
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function prefixIn(value: unknown): string | undefined {
  const whole = fieldOf(value, 'prefix');
  const text = whole === undefined ? value : `${String(fieldOf(whole, 'addr'))}/${String(fieldOf(whole, 'len'))}`;
  const read = typeof text === 'string' ? parsePrefix(text) : undefined;
  return read !== undefined && isPrefix(read) ? read.text : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

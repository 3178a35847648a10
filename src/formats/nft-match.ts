/** One expression of an nft rule in JSON (libnftables-json(5)) → what it asks of the packet. */

import type { Range, Test } from './packet-filter.ts';

type Json = Readonly<Record<string, unknown>>;

/** `map` is set for verdict maps: one element a verdict. */
export interface NftRead {
  readonly text: string;
  readonly tests: readonly Test[];
  readonly map?: readonly { readonly tests: readonly Test[]; readonly verdict: Json }[];
}

/** Statements that change or count and decide nothing. */
const HARMLESS = new Set([
  'counter',
  'log',
  'mangle',
  'notrack',
  'set',
  'meter',
  'ct helper',
  'flow',
  'dup',
  'comment',
]);
const SENDER_FIELDS = new Set(['saddr', 'sport']);

/** Reads a match, limit or verdict map; what cannot be read is a test that may hold or not. */
export function nftTest(kind: string, body: unknown): NftRead {
  if (HARMLESS.has(kind)) return { text: kind, tests: [] };
  if (kind === 'limit' || kind === 'quota' || kind === 'connlimit' || kind === 'ct count') {
    return { text: kind, tests: [{ on: 'sender' }] };
  }
  if (kind === 'match' && isJson(body)) return match(body);
  if (kind === 'vmap' && isJson(body)) return verdictMap(body);
  return { text: `${kind} ${short(body)}`, tests: [{ on: 'unknown' }] };
}

function match(body: Json): NftRead {
  const negated = body['op'] === '!=';
  const text = `${short(body['left'])} ${negated ? '!= ' : ''}${short(body['right'])}`;
  const understood = body['op'] === '==' || body['op'] === 'in' || negated;
  return { text, tests: [understood ? testOf(body['left'], body['right'], negated) : { on: 'unknown' }] };
}

function verdictMap(body: Json): NftRead {
  const text = `${short(body['key'])} vmap ${short(body['data'])}`;
  const data = body['data'];
  const set = isJson(data) ? data['set'] : undefined;
  if (!Array.isArray(set))
    return { text, tests: [], map: [{ tests: [{ on: 'unknown' }], verdict: { unknown: null } }] };
  const map = set.map((element: unknown) => {
    const [value, verdict]: unknown[] = Array.isArray(element) ? element : [];
    if (!isJson(verdict)) return { tests: [{ on: 'unknown' } as const], verdict: { unknown: null } };
    return { tests: [testOf(body['key'], value, false)], verdict };
  });
  return { text, tests: [], map };
}

function testOf(left: unknown, right: unknown, negated: boolean): Test {
  if (!isJson(left)) return { on: 'unknown' };
  const payload = left['payload'];
  if (isJson(payload)) return payloadTest(payload, right, negated);
  const meta = left['meta'];
  if (isJson(meta)) return metaTest(String(meta['key']), right, negated);
  const ct = left['ct'];
  if (isJson(ct) && ct['key'] === 'state') return listTest('state', right, negated);
  return { on: 'unknown' };
}

function payloadTest(payload: Json, right: unknown, negated: boolean): Test {
  const field = String(payload['field']);
  if (SENDER_FIELDS.has(field) || payload['protocol'] === 'ether') return { on: 'sender' };
  if (field === 'daddr') return listTest('destination', right, negated);
  if (field === 'protocol' || field === 'nexthdr') return listTest('protocol', right, negated);
  if (field !== 'dport') return { on: 'unknown' };
  const ranges = rangesOf(right);
  return ranges === undefined ? { on: 'unknown' } : portOf(String(payload['protocol']), ranges, negated);
}

/** "th dport" is the port of any protocol, "tcp dport" asks for tcp as well. */
function portOf(protocol: string, ranges: readonly Range[], negated: boolean): Test {
  return protocol === 'th' ? { on: 'port', ranges, negated } : { on: 'port', ranges, negated, protocol };
}

function metaTest(key: string, right: unknown, negated: boolean): Test {
  switch (key) {
    case 'iif':
    case 'iifname':
      return listTest('interface', right, negated);
    case 'l4proto':
      return listTest('protocol', right, negated);
    case 'nfproto':
      if (right === 'ipv4' || right === 'ipv6') return { on: 'family', is: right === 'ipv4' ? 4 : 6, negated };
      return { on: 'unknown' };
    case 'pkttype':
    case 'hour':
    case 'day':
    case 'time':
      return { on: 'sender' };
    default:
      return { on: 'unknown' };
  }
}

function listTest(on: 'state' | 'protocol' | 'interface' | 'destination', right: unknown, negated: boolean): Test {
  const values = valuesOf(right);
  if (values === undefined) return { on: 'unknown' };
  return { on, is: values, negated };
}

/** Words of one value, a list or an anonymous set; undefined when something else is in it. */
function valuesOf(right: unknown): string[] | undefined {
  const list = isJson(right) && Array.isArray(right['set']) ? right['set'] : Array.isArray(right) ? right : [right];
  const words: string[] = [];
  for (const value of list) {
    const word = wordOf(value);
    if (word === undefined) return undefined;
    words.push(word);
  }
  return words;
}

function wordOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  // "@name" is a named set: its elements are not listed.
  if (typeof value === 'string') return value.startsWith('@') ? undefined : value;
  const prefix = isJson(value) ? value['prefix'] : undefined;
  return isJson(prefix) ? `${String(prefix['addr'])}/${String(prefix['len'])}` : undefined;
}

function rangesOf(right: unknown): Range[] | undefined {
  const list = isJson(right) && Array.isArray(right['set']) ? right['set'] : [right];
  const ranges: Range[] = [];
  for (const value of list) {
    const range = rangeOf(value);
    if (range === undefined) return undefined;
    ranges.push(range);
  }
  return ranges;
}

function rangeOf(value: unknown): Range | undefined {
  if (typeof value === 'number') return [value, value];
  const range = isJson(value) ? value['range'] : undefined;
  if (!Array.isArray(range)) return undefined;
  const [first, last]: unknown[] = range;
  return typeof first === 'number' && typeof last === 'number' ? [first, last] : undefined;
}

/** Elements of a set or list that are quoted; the rest is "…". */
const QUOTED = 8;

/** A value as a rule of nft has it, for quoting: "tcp flags", "syn | ack", "{ 22, 80-90 }", "10.0.0.0/8". */
function short(value: unknown): string {
  if (Array.isArray(value)) return listed(value, ' | ');
  if (!isJson(value)) return String(value);
  const [kind = '', body] = Object.entries(value)[0] ?? [];
  if (Array.isArray(body)) return listText(kind, body);
  if (!isJson(body)) return kind;
  if (kind === 'payload') return `${String(body['protocol'])} ${String(body['field'])}`;
  if (kind === 'meta') return String(body['key']);
  if (kind === 'ct') return `ct ${String(body['key'])}`;
  if (kind === 'prefix') return `${String(body['addr'])}/${String(body['len'])}`;
  return kind === 'elem' ? short(body['val']) : kind;
}

function listText(kind: string, values: readonly unknown[]): string {
  if (kind === 'set') return values.length === 1 ? short(values[0]) : `{ ${listed(values, ', ')} }`;
  if (kind === 'range') return listed(values, '-');
  return kind === 'concat' ? listed(values, ' . ') : listed(values, ` ${kind} `);
}

function listed(values: readonly unknown[], between: string): string {
  const more = values.length > QUOTED ? `${between}…` : '';
  return values.slice(0, QUOTED).map(short).join(between) + more;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

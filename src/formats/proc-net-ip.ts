/**
 * /proc/net/{tcp,udp,udplite,raw} and their "6" twins: proc(5), get_tcp4_sock() and its like in net/ipv4 and net/ipv6.
 * Addresses are u32 words in the byte order of the machine, which is little endian on all we run on.
 */

import { ipv4Text, ipv6Text } from '#lib/ip-text.ts';
import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseHex, parseUint } from '#lib/parse-uint.ts';
import type { RawSocket } from '#model/host.ts';
import { stateWord } from './socket-columns.ts';

/** Reads a file of `protocol` (tcp, udp, udplite, raw) and family; the header line is not counted. */
export function parseProcNetIp(
  text: string,
  protocol: string,
  family: 'inet' | 'inet6',
): Parsed<Omit<RawSocket, 'namespace'>> {
  return parseLines(text, (line) => parseLine(line, protocol, family), 1);
}

type IpSocket = Omit<RawSocket, 'namespace'>;

function parseLine(line: string, protocol: string, family: 'inet' | 'inet6'): IpSocket | undefined {
  const fields = line.trim().split(/ +/, 12);
  const local = parseEnd(fields[1] ?? '', family);
  const remote = parseEnd(fields[2] ?? '', family);
  const numbers = parseNumbers(fields);
  if (local === undefined || remote === undefined || numbers === undefined) return undefined;
  const raw = protocol === 'raw';
  return {
    family,
    protocol,
    ...numbers,
    localAddress: local.address,
    // raw: what stands in the place of the port is the IP protocol.
    localPort: raw ? 0 : local.port,
    remoteAddress: remote.address,
    remotePort: raw ? 0 : remote.port,
    path: '',
    interfaceIndex: 0,
    number: raw ? local.port : 0,
    portId: 0,
  };
}

function parseNumbers(fields: readonly string[]): Pick<IpSocket, NumberField> | undefined {
  const state = parseHex(fields[3] ?? '');
  const [sendQueueBytes, receiveQueueBytes] = (fields[4] ?? '').split(':', 2).map(parseHex);
  const uid = parseUint(fields[7] ?? '', 0xff_ff_ff_ff);
  const inode = parseUint(fields[9] ?? '', 0xff_ff_ff_ff);
  if (state === undefined || sendQueueBytes === undefined || receiveQueueBytes === undefined) return undefined;
  if (uid === undefined || inode === undefined) return undefined;
  return { state: stateWord(state), sendQueueBytes, receiveQueueBytes, uid, inode };
}
type NumberField = 'state' | 'sendQueueBytes' | 'receiveQueueBytes' | 'uid' | 'inode';

function parseEnd(text: string, family: 'inet' | 'inet6'): { address: string; port: number } | undefined {
  const words = family === 'inet' ? 1 : 4;
  if (text.length !== words * 8 + 5 || text[words * 8] !== ':') return undefined;
  const port = parseHex(text.slice(words * 8 + 1));
  const bytes = new Uint8Array(words * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words; i++) {
    const value = parseHex(text.slice(i * 8, i * 8 + 8));
    if (value === undefined) return undefined;
    view.setUint32(i * 4, value, true);
  }
  return port === undefined ? undefined : { address: words === 1 ? ipv4Text(bytes) : ipv6Text(bytes), port };
}

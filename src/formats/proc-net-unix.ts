/**
 * /proc/net/unix: proc(5), unix_seq_show() in net/unix/af_unix.c. The path is printed as it is: a newline in it breaks
 * the line, and its rest is a reject, or, where an attacker made it look like one, a row without a process.
 */

import { byteText } from '#lib/byte-text.ts';
import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseHex, parseUint } from '#lib/parse-uint.ts';
import type { RawSocket } from '#model/host.ts';

const ACCEPTS = 0x10000; // __SO_ACCEPTCON
const CONNECTED = 3; // SS_CONNECTED
const LINE = /^[0-9a-f]{8,16}: [0-9A-F]{8} 0{8} ([0-9A-F]{8}) (000[125]) ([0-9A-F]{2}) {1,5}(\d{1,10})(?: (.*))?$/s;
const protocols: Readonly<Record<string, string>> = { '0001': 'stream', '0002': 'dgram', '0005': 'seqpacket' };

/** Reads the file, given as latin1 text (names are bytes); the header line is not counted. */
export function parseProcNetUnix(text: string): Parsed<Omit<RawSocket, 'namespace'>> {
  return parseLines(text, parseLine, 1);
}

function parseLine(line: string): Omit<RawSocket, 'namespace'> | undefined {
  const [, flagsText = '', type = '', stateText = '', inodeText = '', path = ''] = LINE.exec(line) ?? [];
  const flags = parseHex(flagsText);
  const inode = parseUint(inodeText, 0xff_ff_ff_ff);
  const protocol = protocols[type];
  if (flags === undefined || inode === undefined || protocol === undefined) return undefined;
  const unconnected = parseHex(stateText) === CONNECTED ? 'ESTAB' : 'UNCONN';
  return {
    family: 'unix',
    protocol,
    state: (flags & ACCEPTS) === 0 ? unconnected : 'LISTEN',
    localAddress: '',
    localPort: 0,
    remoteAddress: '',
    remotePort: 0,
    path: byteText(Buffer.from(path, 'latin1')),
    interfaceIndex: 0,
    number: 0,
    portId: 0,
    uid: -1,
    inode,
    receiveQueueBytes: 0,
    sendQueueBytes: 0,
  };
}

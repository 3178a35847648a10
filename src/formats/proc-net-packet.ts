/** /proc/net/packet: packet_seq_show() in net/packet/af_packet.c. Says nothing of filters. */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseHex, parseUint } from '#lib/parse-uint.ts';
import type { RawSocket } from '#model/host.ts';

/** Reads the file; the header line is not counted. */
export function parseProcNetPacket(text: string): Parsed<Omit<RawSocket, 'namespace'>> {
  return parseLines(text, parseLine, 1);
}

function parseLine(line: string): Omit<RawSocket, 'namespace'> | undefined {
  const [, , , protocolText = '', interfaceText = '', , receiveText = '', uidText = '', inodeText = ''] = line
    .trim()
    .split(/ +/, 10);
  const number = parseHex(protocolText);
  const interfaceIndex = parseUint(interfaceText, 0x7f_ff_ff_ff);
  const receiveQueueBytes = parseUint(receiveText, 0xff_ff_ff_ff);
  const uid = parseUint(uidText, 0xff_ff_ff_ff);
  const inode = parseUint(inodeText, 0xff_ff_ff_ff);
  if (number === undefined || interfaceIndex === undefined || receiveQueueBytes === undefined) return undefined;
  if (uid === undefined || inode === undefined) return undefined;
  return {
    family: 'packet',
    protocol: 'packet',
    state: 'UNCONN',
    localAddress: '',
    localPort: 0,
    remoteAddress: '',
    remotePort: 0,
    path: '',
    interfaceIndex,
    number,
    portId: 0,
    uid,
    inode,
    receiveQueueBytes,
    sendQueueBytes: 0,
  };
}

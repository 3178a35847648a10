/** /proc/net/netlink: netlink_native_seq_show() in net/netlink/af_netlink.c. */

import { type Parsed, parseLines } from '#lib/parse-lines.ts';
import { parseUint } from '#lib/parse-uint.ts';
import type { RawSocket } from '#model/host.ts';

/** Reads the file; the header line is not counted. */
export function parseProcNetNetlink(text: string): Parsed<Omit<RawSocket, 'namespace'>> {
  return parseLines(text, parseLine, 1);
}

function parseLine(line: string): Omit<RawSocket, 'namespace'> | undefined {
  const [, numberText = '', portText = '', , receiveText = '', sendText = '', , , , inodeText = ''] = line
    .trim()
    .split(/ +/, 11);
  const number = parseUint(numberText, 255);
  const portId = parseUint(portText, 0xff_ff_ff_ff);
  const receiveQueueBytes = parseUint(receiveText, 0xff_ff_ff_ff);
  const sendQueueBytes = parseUint(sendText, 0xff_ff_ff_ff);
  const inode = parseUint(inodeText, 0xff_ff_ff_ff);
  if (number === undefined || portId === undefined || inode === undefined) return undefined;
  if (receiveQueueBytes === undefined || sendQueueBytes === undefined) return undefined;
  return {
    family: 'netlink',
    protocol: 'netlink',
    state: 'UNCONN',
    localAddress: '',
    localPort: 0,
    remoteAddress: '',
    remotePort: 0,
    path: '',
    interfaceIndex: 0,
    number,
    portId,
    uid: -1,
    inode,
    receiveQueueBytes,
    sendQueueBytes,
  };
}

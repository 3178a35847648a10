/** Sockets that come as objects (from text, from a timeline), beside the packed ones of sock_diag. */

import type { RawSocket } from '#model/host.ts';
import { kindWord, type SocketColumns, stateNumber, UNKNOWN_UID, word } from './socket-columns.ts';

/** Whether a socket can receive and is no connection: the same choice that sock_diag's state masks make. */
export function receives(socket: Omit<RawSocket, 'namespace'>): boolean {
  switch (socket.protocol) {
    case 'tcp':
      return socket.state === 'LISTEN';
    case 'stream':
    case 'seqpacket':
      return socket.state === 'LISTEN' && socket.path !== '';
    case 'dgram':
      return socket.state === 'UNCONN' && socket.path !== '';
    case 'netlink':
      return socket.portId !== 0;
    case 'packet':
    case 'raw':
      return true;
    default:
      return socket.state === 'UNCONN';
  }
}

/** Packs a socket. */
export function addRawSocket(columns: SocketColumns, socket: Omit<RawSocket, 'namespace'>, namespace: number): void {
  const base = columns.add();
  const { words } = columns;
  words[base + word.kind] = kindWord(socket.family, socket.protocol, stateNumber(socket.state));
  words[base + word.namespace] = namespace;
  if (socket.family === 'unix') {
    const name = Buffer.from(socket.path);
    columns.addName(base, name, 0, name.length);
  } else {
    putAddress(words, base + word.local, socket.localAddress);
    putAddress(words, base + word.remote, socket.remoteAddress);
  }
  words[base + word.ports] = socket.localPort | (socket.remotePort << 16);
  words[base + word.interfaceIndex] = socket.interfaceIndex;
  words[base + word.number] = socket.number;
  words[base + word.portId] = socket.portId;
  words[base + word.uid] = socket.uid === -1 ? UNKNOWN_UID : socket.uid;
  words[base + word.inode] = socket.inode;
  words[base + word.receiveQueue] = socket.receiveQueueBytes;
  words[base + word.sendQueue] = socket.sendQueueBytes;
  words[base + word.filter] = socket.filterInstructions === undefined ? 0 : socket.filterInstructions + 1;
}

function putAddress(words: Uint32Array, at: number, address: string): void {
  const bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4, 16);
  if (address === '') return;
  if (!address.includes(':')) bytes.set(address.split('.').map(Number));
  else bytes.set(ipv6Bytes(address));
}

/** Bytes of an IPv6 text that `ipv6Text` made. */
function ipv6Bytes(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : address;
  const [head = '', tail] = hex.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const place = (groups: readonly string[], from: number): void => {
    for (const [i, group] of groups.entries()) {
      const value = Number.parseInt(group, 16);
      bytes[from + i * 2] = value >>> 8;
      bytes[from + i * 2 + 1] = value & 0xff;
    }
  };
  place(left, 0);
  place(right, 16 - right.length * 2);
  return bytes;
}

function pair(high: string | undefined, low: string | undefined): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}

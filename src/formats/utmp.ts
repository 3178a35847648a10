/** Login records as glibc writes them (utmp(5), bits/utmp.h): 384 bytes on every 64-bit Linux, little endian. */

import { isIPv4, isIPv6 } from 'node:net';
import { ipv4Text, ipv6Text } from '#lib/ip-text.ts';

const recordBytes = 384;
const userProcess = 7;

/** One login that is open (utmp) or was opened (wtmp). */
export interface Login {
  readonly pid: number;
  readonly user: string;
  readonly line: string;
  /** "" for a login at the machine itself. */
  readonly address: string;
  readonly timeMs: number;
}

/** Logins in the order of the file; `rejects` counts records that are none, and a torn one at the end. */
export function parseUtmp(bytes: Uint8Array): { readonly rows: readonly Login[]; readonly rejects: number } {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: Login[] = [];
  let rejects = data.length % recordBytes === 0 ? 0 : 1;
  for (let at = 0; at + recordBytes <= data.length; at += recordBytes) {
    const type = data.readUInt16LE(at);
    if (type > 9) rejects += 1;
    if (type !== userProcess) continue;
    rows.push({
      pid: data.readInt32LE(at + 4),
      line: textAt(data, at + 8, 32),
      user: textAt(data, at + 44, 32),
      address: addressAt(data, at),
      timeMs: data.readUInt32LE(at + 340) * 1000,
    });
  }
  return { rows, rejects };
}

/** The address field, or the host field where a program filled in only that. */
function addressAt(data: Buffer, at: number): string {
  const field = data.subarray(at + 348, at + 364);
  if (field.subarray(4).some((byte) => byte !== 0)) return ipv6Text(field).replace(/^::ffff:(?=\d+\.)/, '');
  if (field.some((byte) => byte !== 0)) return ipv4Text(field);
  const host = textAt(data, at + 76, 256);
  return isIPv4(host) || isIPv6(host) ? host : '';
}

function textAt(data: Buffer, at: number, length: number): string {
  const field = data.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('latin1');
}

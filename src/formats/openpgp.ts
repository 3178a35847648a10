/** Public keys of an OpenPGP key ring (RFC 9580 §4.2, §5.5.2), as far as needed to call them by their fingerprint. */

import { createHash } from 'node:crypto';

/** A primary key. */
export interface PublicKey {
  /** Forty hexadecimal digits (version 4), or 64 (version 6). */
  readonly fingerprint: string;
  /** Its first user id, "" when it has none. */
  readonly user: string;
}

const PUBLIC_KEY = 6;
const USER_ID = 13;
const MAX_KEYS = 200;

/** Keys in order; binary or armoured. `whole` is false where the bytes end or stop making sense. */
export function parseKeyring(bytes: Buffer): { readonly keys: readonly PublicKey[]; readonly whole: boolean } {
  const keys: PublicKey[] = [];
  let whole = true;
  for (const part of unarmoured(bytes)) {
    for (let at = 0; at < part.length && keys.length < MAX_KEYS; ) {
      const packet = packetAt(part, at);
      if (packet === undefined) {
        whole = false;
        break;
      }
      take(keys, packet);
      at = packet.end;
    }
  }
  return { keys, whole: whole && keys.length > 0 };
}

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
  readonly end: number;
}

function take(keys: PublicKey[], { tag, body }: Packet): void {
  const last = keys.at(-1);
  if (tag === PUBLIC_KEY) keys.push({ fingerprint: fingerprintOf(body), user: '' });
  else if (tag === USER_ID && last !== undefined && last.user === '')
    keys[keys.length - 1] = { ...last, user: body.toString('utf8').slice(0, 120) };
}

function fingerprintOf(body: Buffer): string {
  const version = body[0] ?? 0;
  const head = Buffer.alloc(version === 6 ? 5 : 3);
  head[0] = version === 6 ? 0x9b : 0x99;
  if (version === 6) head.writeUInt32BE(body.length, 1);
  else head.writeUInt16BE(body.length & 0xff_ff, 1);
  const hash = createHash(version === 6 ? 'sha256' : 'sha1');
  return hash.update(head).update(body).digest('hex').toUpperCase();
}

function packetAt(bytes: Buffer, at: number): Packet | undefined {
  const first = bytes[at] ?? 0;
  if ((first & 0x80) === 0) return undefined;
  const isNew = (first & 0x40) !== 0;
  const size = isNew ? newLength(bytes, at + 1) : oldLength(bytes, at + 1, first & 3);
  if (size === undefined) return undefined;
  const start = at + 1 + size.bytes;
  const end = start + size.length;
  if (end > bytes.length) return undefined;
  return { tag: isNew ? first & 0x3f : (first >> 2) & 0xf, body: bytes.subarray(start, end), end };
}

interface Size {
  readonly bytes: number;
  readonly length: number;
}

function newLength(bytes: Buffer, at: number): Size | undefined {
  const first = bytes[at];
  if (first === undefined) return undefined;
  if (first < 192) return { bytes: 1, length: first };
  if (first < 224)
    return at + 1 < bytes.length ? { bytes: 2, length: ((first - 192) << 8) + (bytes[at + 1] ?? 0) + 192 } : undefined;
  // Partial lengths are for data of messages, not for keys.
  return first === 255 && at + 5 <= bytes.length ? { bytes: 5, length: bytes.readUInt32BE(at + 1) } : undefined;
}

function oldLength(bytes: Buffer, at: number, type: number): Size | undefined {
  const width = [1, 2, 4][type];
  if (width === undefined || at + width > bytes.length) return undefined;
  return { bytes: width, length: bytes.readUIntBE(at, width) };
}

/** The blocks of an armoured file, or the bytes as they are. */
function unarmoured(bytes: Buffer): readonly Buffer[] {
  const text = bytes.toString('latin1');
  const blocks = [
    ...text.matchAll(/-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n([\s\S]*?)-----END PGP PUBLIC KEY BLOCK-----/g),
  ];
  if (blocks.length === 0) return [bytes];
  return blocks.map(([, block = '']) => {
    const body = block.replace(/^[\s\S]*?\n\r?\n/, '').replace(/\r?\n=[A-Za-z0-9+/]{4}\s*$/, '');
    return Buffer.from(body, 'base64');
  });
}

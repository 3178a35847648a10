/** Public keys of SSH: RFC 4253 §6.6, and the public part of OpenSSH's private key files (PROTOCOL.key). */

import { createHash } from 'node:crypto';

/** What sshd knows as a key type; certificates and hardware keys included. */
export const SSH_KEY_TYPE =
  /^(?:sk-)?(?:ssh-(?:rsa|dss|ed25519|ed448|xmss@openssh\.com)|ecdsa-sha2-nistp(?:256|384|521))(?:-cert-v01)?(?:@openssh\.com)?$/;

/** "ED25519", "RSA", "ECDSA", "ED25519-SK", "RSA-CERT" …, as ssh-keygen -l names them. */
export function keyTypeWords(type: string): string {
  const bare = type.replace(/@openssh\.com$/, '');
  const certificate = bare.includes('-cert-v01') ? '-CERT' : '';
  const hardware = bare.startsWith('sk-') ? '-SK' : '';
  const kind = /ed25519/.test(bare) ? 'ED25519' : /ecdsa/.test(bare) ? 'ECDSA' : /rsa/.test(bare) ? 'RSA' : 'DSA';
  return `${kind}${hardware}${certificate}`;
}

/** "SHA256:…" of a key in base64, undefined when the blob is damaged or says another type than the line. */
export function fingerprintOf(type: string, blob: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+=*$/.test(blob)) return undefined;
  const bytes = Buffer.from(blob, 'base64');
  const said = stringAt(bytes, 0)?.toString('latin1');
  return said === type && bytes.length > type.length + 8 ? digest(bytes) : undefined;
}

const MAGIC = Buffer.from('openssh-key-v1\0');

/** Type and fingerprint of the key whose private file this is; its public part is not encrypted. */
export function publicPartOf(text: string): { readonly type: string; readonly fingerprint: string } | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body.replaceAll(/\s/g, ''), 'base64');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  let at = MAGIC.length;
  // Cipher, key derivation, its options; then the number of keys.
  for (let skip = 0; skip < 3; skip += 1) {
    const part = stringAt(bytes, at);
    if (part === undefined) return undefined;
    at += 4 + part.length;
  }
  const blob = stringAt(bytes, at + 4);
  const type = blob && stringAt(blob, 0)?.toString('latin1');
  if (blob === undefined || type === undefined || !SSH_KEY_TYPE.test(type)) return undefined;
  return { type: keyTypeWords(type), fingerprint: digest(blob) };
}

function digest(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** A string with its length before it, RFC 4251 §5. */
function stringAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + 4 > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  return at + 4 + length <= bytes.length ? bytes.subarray(at + 4, at + 4 + length) : undefined;
}

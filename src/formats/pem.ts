/** PEM files: RFC 7468. Certificates and private keys, whatever stands between them. */

import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';

/** What a certificate says of itself. Times in epoch milliseconds, NaN when they cannot be read. */
export interface CertificateFacts {
  /** SHA-256 of the DER, hexadecimal in lower case. */
  readonly fingerprint: string;
  /** Common name, else organisation, else the whole subject in one line. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** May sign others (basicConstraints CA). */
  readonly ca: boolean;
}

/** What a PEM file holds; of private keys only the public part, "encrypted" where it needs a password. */
export interface PemFile {
  readonly certificates: readonly CertificateFacts[];
  readonly privateKeys: readonly string[];
  /** Blocks that say they are certificates and cannot be read. */
  readonly damaged: number;
}

/** More blocks are not read: a bundle of authorities has some hundred. */
const MAX_BLOCKS = 2000;
const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----/g;

/** Reads a file in PEM; one certificate in DER alone is read as well. */
export function parsePemFile(bytes: Buffer): PemFile {
  const text = bytes.toString('latin1');
  const certificates: CertificateFacts[] = [];
  const privateKeys: string[] = [];
  let damaged = 0;
  let blocks = 0;
  for (const [block, label = '', body = ''] of text.matchAll(BLOCK)) {
    blocks += 1;
    if (blocks > MAX_BLOCKS) break;
    if (label === 'CERTIFICATE' || label === 'TRUSTED CERTIFICATE') {
      const facts = certificateFacts(Buffer.from(body.replaceAll(/\s/g, ''), 'base64'));
      if (facts === undefined) damaged += 1;
      else certificates.push(facts);
    } else if (label.endsWith('PRIVATE KEY')) privateKeys.push(publicMark(block, body));
  }
  if (blocks === 0 && bytes[0] === 0x30) {
    const facts = certificateFacts(bytes);
    if (facts !== undefined) certificates.push(facts);
  }
  return { certificates, privateKeys, damaged };
}

function certificateFacts(der: Buffer): CertificateFacts | undefined {
  try {
    const certificate = new X509Certificate(der);
    return {
      fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
      subject: nameOf(certificate.subject),
      issuer: nameOf(certificate.issuer),
      notBeforeMs: Date.parse(certificate.validFrom),
      notAfterMs: Date.parse(certificate.validTo),
      ca: certificate.ca,
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // OpenSSL says what is wrong in many words; that it is no certificate is all that matters.
    return undefined;
  }
}

/** One line "CN" out of the lines of OpenSSL's subject. */
function nameOf(lines: string | undefined): string {
  const parts = (lines ?? '').split('\n');
  const part = parts.find((line) => line.startsWith('CN=')) ?? parts.find((line) => line.startsWith('O='));
  return (part?.replace(/^\w+=/, '') ?? parts.join(', ')).slice(0, 200);
}

function publicMark(block: string, body: string): string {
  if (/ENCRYPTED/.test(block.slice(0, 60)) || /^\s*Proc-Type: 4,ENCRYPTED/.test(body)) return 'encrypted';
  try {
    const spki = createPublicKey(createPrivateKey(block)).export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(spki).digest('hex').slice(0, 16);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return 'unreadable';
  }
}

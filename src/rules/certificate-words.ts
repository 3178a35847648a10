/** Words about certificates that their rules share, and rows for samples. */

import { shorten, visible } from '#lib/escape.ts';
import { shellQuote } from '#lib/shell-quote.ts';
import type { Finding } from '#model/finding.ts';
import type { CertificateRow } from '#sensors/certificates.ts';

/** Text from a certificate or a path as it may stand in a sentence. */
export function shownText(text: string, max = 100): string {
  return shorten(visible(text), max) || '(no name)';
}

/** Subject, facts and the next step. */
export function aboutCertificate(row: CertificateRow): Pick<Finding, 'subject' | 'facts' | 'next'> {
  const { kind, name, subject, issuer, mark, origin, validity, trouble, file } = row;
  return {
    subject: `${kind} ${name}`,
    facts: {
      file,
      ...(subject !== '' && { subject, issuer, validity }),
      ...(mark !== '' && { fingerprint: mark }),
      ...(origin !== '' && { origin }),
      ...(trouble !== '' && { trouble }),
    },
    next: kind === 'private key' ? `ls -l ${shellQuote(file)}` : `openssl x509 -noout -text -in ${shellQuote(file)}`,
  };
}

/** An authority that somebody added. */
export const planted: CertificateRow = {
  kind: 'authority',
  name: 'aa'.repeat(32),
  subject: 'Planted Root',
  issuer: 'Planted Root',
  mark: 'aa'.repeat(32),
  origin: 'unpackaged',
  validity: 'valid',
  notAfterMs: 1_900_000_000_000,
  trouble: '',
  file: '/usr/local/share/ca-certificates/planted.crt',
};

/** The certificate of a web server. */
export const site: CertificateRow = {
  ...planted,
  kind: 'certificate',
  name: '/etc/letsencrypt/archive/example.org/cert3.pem',
  subject: 'example.org',
  issuer: 'R11',
  origin: '',
  file: '/etc/letsencrypt/archive/example.org/cert3.pem',
};

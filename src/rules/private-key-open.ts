/** Everyone on this host may read a private key. See docs/rules/private-key-open.md. */

import { shellQuote } from '#lib/shell-quote.ts';
import { defineRule } from '#model/sensor.ts';
import { type CertificateRow, certificates } from '#sensors/certificates.ts';
import { aboutCertificate, shownText, site } from './certificate-words.ts';

const key: CertificateRow = {
  ...site,
  kind: 'private key',
  name: '/etc/ssl/private/site.key',
  subject: '',
  issuer: '',
  mark: '0011223344556677',
  validity: '',
  trouble: 'everyone may read it',
  file: '/etc/ssl/private/site.key',
};

export default defineRule<CertificateRow>({
  id: 'private-key-open',
  doc: 'A private key without a password may be read by everyone.',
  on: 'certificates',
  table: certificates,
  attack: ['T1552.004'],
  types: ['added', 'changed'],
  judge({ change, known }) {
    if (change.type === 'removed' || known || change.after.kind !== 'private key' || change.after.trouble === '')
      return undefined;
    const row = change.after;
    if (change.type === 'changed' && change.before.trouble === row.trouble) return undefined;
    return {
      ...aboutCertificate(row),
      severity: 'high',
      dangerous: true,
      title: `The private key ${shownText(row.file)} is open: ${shownText(row.trouble)}`,
      why: 'Whoever has an account here, or a hole in any service, can copy it and pretend to be this host. A key that was open should be replaced.',
      next: `chmod o= ${shellQuote(row.file)}; ls -l ${shellQuote(row.file)}`,
    };
  },
  samples: [
    { name: 'in the first look', judgement: { change: { type: 'added', after: key }, learning: true }, expect: 'high' },
    {
      name: 'it was opened',
      judgement: { change: { type: 'changed', before: { ...key, trouble: '' }, after: key } },
      expect: 'high',
    },
    { name: 'in order', judgement: { change: { type: 'added', after: { ...key, trouble: '' } } }, expect: undefined },
    { name: 'a certificate', judgement: { change: { type: 'added', after: site } }, expect: undefined },
  ],
});

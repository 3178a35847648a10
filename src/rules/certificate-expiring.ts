/** A certificate of this host ends soon, or has ended. See docs/rules/certificate-expiring.md. */

import { defineRule } from '#model/sensor.ts';
import { type CertificateRow, certificates } from '#sensors/certificates.ts';
import { aboutCertificate, planted, shownText, site } from './certificate-words.ts';

export default defineRule<CertificateRow>({
  id: 'certificate-expiring',
  doc: 'A certificate of this host ends within 14 days, has ended, or is by another issuer.',
  on: 'certificates',
  table: certificates,
  attack: ['T1649'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning || change.after.kind !== 'certificate') return undefined;
    const row = change.after;
    const before = change.type === 'changed' ? change.before : undefined;
    if (row.validity === 'valid' || before?.validity === row.validity) return otherIssuer(before, row);
    const day = new Date(row.notAfterMs).toISOString().slice(0, 10);
    const ended = row.validity === 'expired';
    const name = shownText(row.subject);
    if (row.validity === 'not yet') return undefined;
    return {
      ...aboutCertificate(row),
      severity: ended ? 'medium' : 'low',
      title: ended ? `The certificate for ${name} ended on ${day}` : `The certificate for ${name} ends on ${day}`,
      why: 'Whoever connects gets a warning or no connection. What renews it should have done so by now.',
    };
  },
  samples: [
    {
      name: 'ends soon',
      judgement: { change: { type: 'changed', before: site, after: { ...site, validity: 'ends soon' } } },
      expect: 'low',
    },
    {
      name: 'has ended',
      judgement: { change: { type: 'added', after: { ...site, validity: 'expired' } } },
      expect: 'medium',
    },
    {
      name: 'by another issuer',
      judgement: { change: { type: 'changed', before: site, after: { ...site, issuer: 'Planted Root' } } },
      expect: 'low',
    },
    { name: 'a new one', judgement: { change: { type: 'added', after: site } }, expect: undefined },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: { ...site, validity: 'expired' } }, learning: true },
      expect: undefined,
    },
    {
      name: 'an old authority',
      judgement: { change: { type: 'added', after: { ...planted, validity: 'expired' } } },
      expect: undefined,
    },
  ],
});

function otherIssuer(before: CertificateRow | undefined, row: CertificateRow) {
  if (before === undefined || before.issuer === row.issuer) return undefined;
  const about = aboutCertificate(row);
  return {
    ...about,
    severity: 'low' as const,
    title: `The certificate for ${shownText(row.subject)} is now by ${shownText(row.issuer)}, before by ${shownText(before.issuer)}`,
    why: 'Authorities name their issuers anew now and then. One that nobody knows means that the certificate, and its key, were exchanged.',
    facts: { ...about.facts, issuerBefore: before.issuer },
  };
}

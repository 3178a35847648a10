/** This host trusts another certificate authority. See docs/rules/ca-new.md. */

import { defineRule } from '#model/sensor.ts';
import { type CertificateRow, certificates } from '#sensors/certificates.ts';
import { aboutCertificate, planted, shownText, site } from './certificate-words.ts';

export default defineRule<CertificateRow>({
  id: 'ca-new',
  doc: 'A certificate authority that is not in the baseline is trusted, or the file of one is not as packaged.',
  on: 'certificates',
  table: certificates,
  attack: ['T1553.004', 'T1557'],
  types: ['added', 'changed'],
  judge({ change, known, learning }) {
    if (change.type === 'removed' || known || learning || change.after.kind !== 'authority') return undefined;
    const row = change.after;
    if (change.type === 'changed' && wasTrusted(change.before, row)) return undefined;
    const packaged = row.origin === 'packaged';
    return {
      ...aboutCertificate(row),
      onlyAsPackaged: !packaged,
      severity: packaged ? 'low' : row.origin === 'unknown' ? 'medium' : 'high',
      title: `This host now trusts the certificate authority ${shownText(row.subject)}${packaged ? '' : ', which no package brought'}`,
      why: 'Whoever has its key can pretend to be any site towards this host: updates, registries and APIs that are fetched by HTTPS could come from them.',
    };
  },
  samples: [
    { name: 'by hand', judgement: { change: { type: 'added', after: planted } }, expect: 'high' },
    {
      name: 'by a package',
      judgement: { change: { type: 'added', after: { ...planted, origin: 'packaged' } } },
      expect: 'low',
    },
    {
      name: 'nobody can tell',
      judgement: { change: { type: 'added', after: { ...planted, origin: 'unknown' } } },
      expect: 'medium',
    },
    {
      name: 'its file is not as packaged',
      judgement: {
        change: {
          type: 'changed',
          before: { ...planted, origin: 'packaged' },
          after: { ...planted, origin: 'altered' },
        },
      },
      expect: 'high',
    },
    {
      name: 'its package was upgraded and no longer brings it',
      judgement: { change: { type: 'changed', before: { ...planted, origin: 'packaged' }, after: planted } },
      expect: undefined,
    },
    {
      name: 'the first look',
      judgement: { change: { type: 'added', after: planted }, learning: true },
      expect: undefined,
    },
    { name: 'a certificate', judgement: { change: { type: 'added', after: site } }, expect: undefined },
  ],
});

/** As before, now of a package, or no longer: the bundle has what a package dropped until update-ca-certificates runs. */
function wasTrusted(before: CertificateRow, { origin }: CertificateRow): boolean {
  return before.origin === origin || origin === 'packaged' || (before.origin === 'packaged' && origin === 'unpackaged');
}

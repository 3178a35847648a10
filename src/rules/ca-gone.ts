/** An authority is no longer trusted. See docs/rules/ca-gone.md. */

import { defineRule } from '#model/sensor.ts';
import { type CertificateRow, certificates } from '#sensors/certificates.ts';
import { aboutCertificate, planted, shownText, site } from './certificate-words.ts';

export default defineRule<CertificateRow>({
  id: 'ca-gone',
  doc: 'A certificate authority of the baseline is no longer trusted, or one of the packages was refused.',
  on: 'certificates',
  table: certificates,
  attack: ['T1553.004'],
  types: ['added', 'removed'],
  judge({ change, known, learning }) {
    if (learning || change.type === 'changed') return undefined;
    const row = change.type === 'removed' ? change.before : change.after;
    const wanted = change.type === 'removed' ? 'authority' : 'refused authority';
    if (row.kind !== wanted || known !== (change.type === 'removed')) return undefined;
    return {
      ...aboutCertificate(row),
      severity: row.kind === 'authority' && row.origin === 'packaged' ? 'low' : 'info',
      title: `This host no longer trusts the certificate authority ${shownText(row.subject === '' ? row.name : row.subject)}`,
      why: 'Connections to sites that it vouches for fail from now on. An intruder who removes what they planted shows here as well.',
      next: 'ls -lt /etc/ssl/certs /etc/ca-certificates.conf',
    };
  },
  samples: [
    {
      name: 'of a package',
      judgement: { change: { type: 'removed', before: { ...planted, origin: 'packaged' } }, known: true },
      expect: 'low',
    },
    {
      name: 'one added by hand',
      judgement: { change: { type: 'removed', before: planted }, known: true },
      expect: 'info',
    },
    {
      name: 'refused by the configuration',
      judgement: {
        change: { type: 'added', after: { ...planted, kind: 'refused authority', name: 'mozilla/x.crt', subject: '' } },
      },
      expect: 'info',
    },
    {
      name: 'one that was never normal',
      judgement: { change: { type: 'removed', before: planted } },
      expect: undefined,
    },
    { name: 'a certificate', judgement: { change: { type: 'removed', before: site }, known: true }, expect: undefined },
  ],
});

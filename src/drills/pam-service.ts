/** Writes a stack of PAM for a service that does not exist, for a moment. See docs/drills/pam-service.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'pam-service',
  doc: 'Writes a stack of PAM for a service that does not exist, for a moment.',
  rules: ['pam-stack-changed'],
  within: '/etc/pam.d',
  path: '/etc/pam.d/telltale-rehearsal',
  text: '# A rehearsal of Telltale; it may be deleted.\nauth required pam_deny.so\n',
});

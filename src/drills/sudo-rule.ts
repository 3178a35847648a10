/** Writes a rule of sudo for an account that does not exist, for a moment. See docs/drills/sudo-rule.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'sudo-rule',
  doc: 'Writes a rule of sudo for an account that does not exist, for a moment.',
  rules: ['privilege-new'],
  within: '/etc/sudoers.d',
  path: '/etc/sudoers.d/telltale-rehearsal',
  text: '# A rehearsal of Telltale; it may be deleted.\ntelltale-rehearsal ALL=(nobody) /bin/false\n',
});

/** Writes a table of cron with one line for 31 February. See docs/drills/cron-line.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'cron-line',
  doc: 'Writes a line of cron that never comes due, for a moment.',
  rules: ['start-point-new'],
  within: '/etc/cron.d',
  path: '/etc/cron.d/telltale-rehearsal',
  text: '# A rehearsal of Telltale; it may be deleted.\n0 0 31 2 * root /bin/true\n',
});

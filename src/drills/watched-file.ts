/** Puts a file where every file is watched, for a moment. See docs/drills/watched-file.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'watched-file',
  doc: 'Puts a file into /etc, for a moment.',
  rules: ['file-new'],
  path: '/etc/telltale-rehearsal',
  text: 'A rehearsal of Telltale: this file may be removed.\n',
});

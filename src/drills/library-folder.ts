/** Names a folder for libraries that does not exist, for a moment. See docs/drills/library-folder.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'library-folder',
  doc: 'Names a folder for libraries that does not exist, for a moment.',
  rules: ['loader-path-new'],
  within: '/etc/ld.so.conf.d',
  path: '/etc/ld.so.conf.d/telltale-rehearsal.conf',
  text: '# A rehearsal of Telltale; it may be deleted.\n/usr/lib/telltale-rehearsal\n',
});

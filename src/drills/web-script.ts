/** Writes a script that does nothing below /var/www. See docs/drills/web-script.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'web-script',
  doc: 'Writes an empty PHP script below /var/www, for a moment.',
  rules: ['web-script-new'],
  within: '/var/www',
  path: '/var/www/telltale-rehearsal.php',
  text: '<?php // A rehearsal of Telltale; it may be deleted.\n',
});

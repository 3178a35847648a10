/** Puts a script where everyone may write, for a moment. See docs/drills/dropped-script.md. */

import { plantedFile } from './planted-file.ts';

export default plantedFile({
  name: 'dropped-script',
  doc: 'Puts a script into /var/tmp, for a moment; nobody runs it.',
  rules: ['program-put-in-open-place'],
  path: '/var/tmp/telltale-rehearsal',
  text: '#!/bin/sh\n# A rehearsal of Telltale: this file may be removed.\nexit 0\n',
});

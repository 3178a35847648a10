/** `telltale version`. */

import { defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { version } from '../own-version.ts';

export default defineCommand({
  name: 'version',
  summary: 'the version',
  run: (call) => {
    const own = { version: version(), node: process.version };
    call.terminal.object(own);
    call.terminal.line(own);
    if (call.terminal.format === 'words') call.terminal.out(`telltale ${own.version}`);
    return Promise.resolve(exit.ok);
  },
});

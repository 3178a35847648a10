/** `telltale logrotate` as help and the index know it; a call of it goes from src/main.ts straight to ../logrotate.ts. */

import { defineCommand } from '../command.ts';
import { runLogrotate } from '../logrotate.ts';

export default defineCommand({
  name: 'logrotate',
  summary: 'rotate logs: the options, configuration, state file and words of logrotate(8)',
  raw: runLogrotate,
});

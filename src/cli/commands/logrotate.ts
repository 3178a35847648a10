/** `telltale logrotate` as help and the index know it; a call of it goes from src/main.ts straight to ../logrotate.ts. */

import { DEFAULT_STATE } from '#formats/logrotate-options.ts';
import { defineCommand } from '../command.ts';
import { runLogrotate } from '../logrotate.ts';

export default defineCommand({
  name: 'logrotate',
  summary: 'rotate logs: the options, configuration, state file and words of logrotate(8)',
  operands: '<config...>',
  options: [
    ['-d, --debug', 'do nothing, and say what would be done; implies -v'],
    ['-f, --force', 'rotate all, due or not'],
    ['-v, --verbose', 'say what is done'],
    ['-m, --mail <command>', 'what sends mail (/usr/bin/mail)'],
    ['-s, --state <file>', `state file (${DEFAULT_STATE})`],
    ['-l, --log <file>', 'write what is said there'],
    ['--skip-state-lock', 'do not lock the state file'],
    ['--wait-for-state-lock', 'wait until nobody holds the state file'],
    ['--version', 'the version'],
    ['--usage', 'all options in one line'],
    ['-?, --help', 'the options'],
  ],
  raw: runLogrotate,
});

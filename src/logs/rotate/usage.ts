/** What logrotate prints about itself. */

import process from 'node:process';
import { DEFAULT_STATE, type LogrotateOptions } from '#formats/logrotate-options.ts';

const USAGE = `Usage: logrotate [-dfv?] [-d|--debug] [-f|--force] [-m|--mail=command]
        [-s|--state=statefile] [--skip-state-lock] [--wait-for-state-lock]
        [-v|--verbose] [-l|--log=logfile] [--version] [-?|--help] [--usage]
        [OPTION...] <configfile>
`;

const HELP = `Usage: logrotate [OPTION...] <configfile>
  -d, --debug                   Don't do anything, just test and print debug
                                messages
  -f, --force                   Force file rotation
  -m, --mail=command            Command to send mail (instead of
                                \`/usr/bin/mail')
  -s, --state=statefile         Path of state file
      --skip-state-lock         Do not lock the state file
      --wait-for-state-lock     Wait for lock on the state file
  -v, --verbose                 Display messages during rotation
  -l, --log=logfile             Log file or 'syslog' to log to syslog
      --version                 Display version information

Help options:
  -?, --help                    Show this help message
      --usage                   Display brief usage message
`;

/** The version whose behaviour and words are kept; scripts look for a number here. */
const VERSION = `logrotate 3.22.0 (telltale)

    Default mail command:       /usr/bin/mail
    Default compress command:   /bin/gzip
    Default uncompress command: /bin/gunzip
    Default compress extension: .gz
    Default state file path:    ${DEFAULT_STATE}
    ACL support:                yes
    SELinux support:            no
`;

/** Prints what was asked for, or what is wrong with the call. */
export function explain(options: LogrotateOptions): 0 | 1 {
  if (options.show !== undefined) {
    process.stdout.write(options.show === 'version' ? VERSION : options.show === 'help' ? HELP : USAGE);
    return 0;
  }
  if (options.skipLock && options.waitForLock) {
    process.stderr.write('logrotate: options --skip-state-lock and --wait-for-state-lock are mutually exclusive\n');
    return 1;
  }
  process.stderr.write(`logrotate 3.22.0 (telltale)\n\n${USAGE}`);
  return 1;
}

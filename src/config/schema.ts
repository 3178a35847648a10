/**
 * The settings, declared once: the check, the defaults, `telltale config show --example` and docs/configuration.md all
 * come from here. What a notifier takes beside the common keys is declared by the notifier itself.
 */

import * as v from 'valibot';
import { severities } from '#model/finding.ts';
import { answersSchema } from './answers.ts';
import { checksSchema } from './checks.ts';
import { DEFAULT_KEEP, DEFAULT_LISTEN } from './defaults.ts';
import { absolutePath, choice, duration, line, section, wholeNumber, yesNo } from './fields.ts';
import { scansSchema } from './scans.ts';
import { trapsSchema } from './traps.ts';

const DAY_MS = 86_400_000;

const listen = v.pipe(
  line('an address'),
  v.check(
    isListen,
    (issue) =>
      `${issue.received} is no place to listen; use "none", "127.0.0.1:7777", "[::1]:7777" or "unix:/run/telltale/web.sock"`,
  ),
);

/** Keys that every channel takes beside its own. */
export const channelSchema = section({
  type: v.pipe(line('the name of a channel'), v.description('Which kind of channel this is.')),
  name: v.pipe(
    v.optional(v.pipe(line('a name'), v.maxLength(60, 'the name is longer than 60 characters'))),
    v.description('Its name in "telltale doctor" and in the record; needed only where two are of one type.'),
  ),
  minSeverity: v.pipe(
    v.optional(choice(severities)),
    v.description('Least severity it is told of; by default medium for people (mail, command), info for files.'),
  ),
  maxPerHour: v.pipe(
    v.optional(wholeNumber(1, 1000), 20),
    v.description('Messages an hour for channels of people; what is more comes as one summary.'),
  ),
});

/** All settings of the file; `notifiers` is checked further with each channel's own schema. */
export const settingsSchema = section({
  stateDir: v.pipe(
    v.optional(absolutePath('a folder')),
    v.description('Where Telltale keeps what it knows. --state-dir and TELLTALE_STATE_DIR go before this.'),
  ),
  watch: v.pipe(
    v.optional(
      section({
        namespaces: v.pipe(
          v.optional(choice(['auto', 'all', 'own']), 'auto'),
          v.description(
            'Network namespaces to watch: all of the host, only our own, or auto (all when we are in that of process 1).',
          ),
        ),
      }),
      {},
    ),
    v.description('What is watched.'),
  ),
  web: v.pipe(
    v.optional(
      section({
        listen: v.pipe(
          v.optional(listen, DEFAULT_LISTEN),
          v.description('Where the page listens: "none", HOST:PORT, or unix:/path. Loopback unless you say otherwise.'),
        ),
      }),
      {},
    ),
    v.description('The web page.'),
  ),
  keep: v.pipe(
    v.optional(duration(DAY_MS, 3660 * DAY_MS, '90 days'), DEFAULT_KEEP),
    v.description('How long closed alerts and their events are kept.'),
  ),
  compare: v.pipe(
    v.optional(
      section({
        mail: v.pipe(
          v.optional(yesNo(), false),
          v.description(
            'Whether "telltale lsm -c" and "baseline compare" mail what differs through the mail notifiers.',
          ),
        ),
      }),
      {},
    ),
    v.description('Comparing on request, as from cron.'),
  ),
  files: v.pipe(
    v.optional(
      section({
        watch: v.pipe(
          v.optional(v.array(absolutePath('a file or folder'), 'expected a list of paths'), []),
          v.description(
            'Files and folders of which every change is told, beside the usual ones. See docs/sensors/files.md.',
          ),
        ),
        ignore: v.pipe(
          v.optional(v.array(absolutePath('a file or folder'), 'expected a list of paths'), []),
          v.description('Files and folders that are not watched and not walked over.'),
        ),
        walkAfter: v.pipe(
          v.optional(duration(0, DAY_MS, '15 min'), '15 min'),
          v.description('How long after a start all files are walked over. Programs and /tmp are looked at at once.'),
        ),
      }),
      {},
    ),
    v.description('Which files are watched.'),
  ),
  rotate: v.pipe(
    v.optional(
      section({
        configs: v.pipe(
          v.optional(
            v.pipe(
              v.array(absolutePath('a configuration of logrotate'), 'expected a list of files'),
              v.maxLength(32, 'more than 32 files'),
            ),
            [],
          ),
          v.description(
            'Configurations of logrotate whose logs the daemon rotates itself, each minute what is due; as ["/etc/logrotate.conf"]. Take the cron entry or timer away then.',
          ),
        ),
        state: v.pipe(
          v.optional(absolutePath('a state file'), '/var/lib/logrotate/status'),
          v.description('State file of logrotate.'),
        ),
        fullIn: v.pipe(
          v.optional(duration(0, 30 * DAY_MS, '6 h'), '6 h'),
          v.description(
            'A log that would fill its disk within this time at its present rate is rotated early; 0: never.',
          ),
        ),
      }),
      {},
    ),
    v.description('Rotation of logs by the daemon.'),
  ),
  scans: v.pipe(v.optional(scansSchema, {}), v.description('Watching for port scans. See docs/sensors/scans.md.')),
  traps: v.pipe(v.optional(trapsSchema, {}), v.description('Ports held open for scanners. See docs/traps.md.')),
  answers: v.pipe(v.optional(answersSchema, {}), v.description('Answers to attacks. See docs/answers.md.')),
  checks: v.pipe(
    v.optional(checksSchema, []),
    v.description('Programs of yours that say how something is. See docs/sensors/outside-checks.md.'),
  ),
  notifiers: v.pipe(
    v.optional(
      v.pipe(
        v.array(
          v.record(v.string(), v.unknown(), 'expected the keys of a channel, beginning with "type:"'),
          'expected a list of channels: lines that begin with "- type:"',
        ),
        v.maxLength(32, 'more than 32 channels'),
      ),
      [],
    ),
    v.description('Who is told, and how.'),
  ),
});

/** Is this a place to listen: "none", HOST:PORT (port 0: any free one), or unix:/path? */
function isListen(text: string): boolean {
  if (text === 'none') return true;
  if (text.startsWith('unix:')) return /^unix:\/[^\0]{1,100}$/.test(text) && !/\/\.{1,2}(\/|$)/.test(text);
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(text);
  return match !== null && Number(match[3]) <= 65_535;
}

/** The settings when there is no file: here, so that a command that needs no file loads no parser. */

import type { Settings } from '#model/settings.ts';

/** Where the page listens when nothing is said. */
export const DEFAULT_LISTEN = '127.0.0.1:7777';

/** How long closed alerts are kept when nothing is said, as the file would say it. */
export const DEFAULT_KEEP = '90 days';

/** Nothing is answered unless the file says so; a block by hand lasts an hour. */
const DEFAULT_ANSWERS: Settings['answers'] = {
  mode: 'off',
  responders: [],
  forMs: 3_600_000,
  grow: 2,
  longestMs: 7 * 86_400_000,
  cap: 1000,
  never: [],
  neverFiles: [],
  unconfirmed: 'rate-limit',
  rules: ['port-scan'],
  graceMs: 600_000,
  keep: false,
};

/** What an empty file gives. */
export function defaultSettings(stateDir: string): Settings {
  return {
    stateDir,
    web: { listen: DEFAULT_LISTEN },
    notifiers: [],
    watch: { namespaces: 'auto' },
    keepMs: 90 * 86_400_000,
    compare: { mail: false },
    rotate: { configs: [], state: '/var/lib/logrotate/status', fullInMs: 6 * 3_600_000 },
    answers: DEFAULT_ANSWERS,
    scans: { watch: true, ignore: [], sensitivity: 'normal', quietMs: 60_000, names: true, databases: [] },
    traps: { ports: [], banner: '', slow: false },
    files: { watch: [], ignore: [], walkAfterMs: 15 * 60_000 },
    checks: [],
  };
}

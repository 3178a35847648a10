/** Rows for the samples of rules about resources. */

import type { ResourceRow } from '#sensors/resource-table.ts';

/** A packaged service; each sample says what is wrong with it. */
export const crashed: ResourceRow = {
  kind: 'crash',
  what: 'SIGSEGV',
  exe: '/usr/sbin/nginx',
  script: '',
  user: 'www-data',
  from: 'nginx.service',
  grave: false,
  detail: 'it ended by a fault of its own',
  times: 1,
  package: 'nginx',
  packageState: 'packaged',
  exePlace: '',
  count: 1,
  pid: 802,
  comm: 'nginx',
  cmdline: 'nginx: worker process',
  uid: 33,
  parents: ['nginx (801)', 'systemd (1)'],
  unitNow: 'nginx.service',
  session: '',
  startedMs: 1_763_000_000_000,
  lastMs: 1_763_000_060_000,
  exeNow: '/usr/sbin/nginx',
  exeState: 'present',
  asStarted: false,
};

/** The whole host is short of memory. */
export const short: ResourceRow = {
  ...crashed,
  kind: 'short',
  what: 'memory',
  detail: 'everything waited for memory in 14 % of the last five minutes',
  exe: '',
  exeNow: '',
  user: '',
  from: '',
  pid: 0,
  count: 0,
};

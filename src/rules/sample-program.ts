/** Rows for the samples of rules about programs: an ordinary host, one thing changed at a time. */

import type { ProgramRow } from '#sensors/program-table.ts';

/** nginx, as Debian ships it. */
export const nginx: ProgramRow = {
  exe: '/usr/sbin/nginx',
  script: '',
  user: 'www-data',
  from: 'nginx.service',
  package: 'nginx',
  packageState: 'packaged',
  altered: false,
  exePlace: '',
  count: 4,
  pid: 802,
  comm: 'nginx',
  cmdline: 'nginx: worker process',
  uid: 33,
  parents: ['nginx (801)', 'systemd (1)'],
  service: 'nginx',
  unitNow: 'nginx.service',
  session: '',
  container: '',
  startedMs: 1_763_000_000_000,
  lastMs: 1_763_000_060_000,
  exeNow: '/usr/sbin/nginx',
  exeState: 'present',
  asStarted: false,
};

/** What an administrator put into /usr/local. */
export const backup: ProgramRow = {
  ...nginx,
  exe: '/usr/bin/bash',
  exeNow: '/usr/bin/bash',
  script: '/usr/local/bin/backup.sh',
  user: 'root',
  uid: 0,
  from: 'cron.service',
  unitNow: 'cron.service',
  package: '',
  packageState: 'unpackaged',
  count: 1,
  pid: 4100,
  comm: 'backup.sh',
  cmdline: '/bin/bash /usr/local/bin/backup.sh',
  parents: ['sh (4099)', 'cron (700)', 'systemd (1)'],
  service: '',
};

/** A shell that a hole in a web application started. */
export const webShell: ProgramRow = {
  ...nginx,
  exe: '/usr/bin/dash',
  exeNow: '/usr/bin/dash',
  script: '-c',
  package: 'dash',
  from: 'apache2.service',
  unitNow: 'apache2.service',
  count: 1,
  pid: 4700,
  comm: 'sh',
  cmdline: 'sh -c id; uname -a',
  parents: ['apache2 (810)', 'apache2 (801)', 'systemd (1)'],
  service: 'apache2',
};

/** A miner that an intruder unpacked. */
export const planted: ProgramRow = {
  ...webShell,
  exe: '/tmp/.x/kdevtmpfsi',
  exeNow: '/tmp/.x/kdevtmpfsi',
  script: '',
  package: '',
  packageState: 'unpackaged',
  exePlace: '/tmp',
  pid: 4711,
  comm: 'kdevtmpfsi',
  cmdline: '/tmp/.x/kdevtmpfsi -o pool.example:3333',
  parents: ['sh (4700)', 'apache2 (810)', 'systemd (1)'],
};

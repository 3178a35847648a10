/** Rows for the samples of rules about odd processes. */

import { nobodyElse, type OddRow } from '#sensors/odd-process-table.ts';

/** A service of Debian's; each sample says what is odd about it. */
export const service: OddRow = {
  sign: 'replaced',
  exe: '/usr/sbin/nginx',
  script: '',
  user: 'www-data',
  from: 'nginx.service',
  value: '',
  altered: false,
  detail: '',
  package: 'nginx',
  packageState: 'packaged',
  exePlace: '',
  count: 1,
  ...nobodyElse,
  holders: ['nginx (802)'],
  pid: 802,
  comm: 'nginx',
  cmdline: 'nginx: worker process',
  uid: 33,
  parents: ['nginx (801)', 'systemd (1)'],
  unitNow: 'nginx.service',
  session: '',
  container: '',
  startedMs: 1_763_000_000_000,
  exeNow: '/usr/sbin/nginx',
  exeState: 'present',
  asStarted: false,
};

/** What an intruder left running. */
export const implant: OddRow = {
  ...service,
  sign: 'deleted',
  exe: '/var/www/x',
  exeNow: '/var/www/x',
  exeState: 'deleted',
  package: '',
  packageState: 'unpackaged',
  pid: 4711,
  comm: 'x',
  cmdline: './x -d',
  holders: ['x (4711)'],
  parents: ['systemd (1)'],
};

/** A login shell of a person. */
export const shell: OddRow = {
  ...service,
  exe: '/usr/bin/bash',
  exeNow: '/usr/bin/bash',
  package: 'bash',
  user: 'marta',
  uid: 1000,
  from: 'session-*.scope',
  unitNow: 'session-12.scope',
  session: '12',
  comm: 'bash',
  cmdline: '-bash',
  pid: 5200,
  holders: ['bash (5200)'],
  parents: ['sshd-session (5190)', 'sshd (801)'],
};

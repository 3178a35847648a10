/** Rows for the samples of rules on start points. */

import type { StartPointRow } from '#sensors/start-point-table.ts';

/** `* * * * * root /tmp/.x/run`, planted in a file of its own. */
export const cronLine: StartPointRow = {
  kind: 'cron',
  name: '/tmp/.x/run',
  user: 'root',
  when: 'every minute',
  command: '/tmp/.x/run',
  enabled: true,
  environment: [],
  package: '',
  shipped: '',
  problem: '',
  open: 'it lies below /tmp, where everyone may write',
  tricks: [],
  path: '/etc/cron.d/sysstat2',
  program: '/tmp/.x/run',
  programPackage: '',
  programDigest: '',
  digest: '',
  added: [],
  link: '',
  startedBy: [],
  place: '* * * * * root',
};

/** A service with a name that could be any package's. */
export const evilService: StartPointRow = {
  ...cronLine,
  kind: 'systemd service',
  name: 'nginx-helper.service',
  when: '',
  command: '/opt/x',
  program: '/opt/x',
  open: '',
  path: '/etc/systemd/system/nginx-helper.service',
  digest: '9f86d081884c7d65',
  startedBy: ['multi-user.target'],
  place: 'nginx-helper.service',
};

/** A drop-in that loads a library into sshd. */
export const preloadDropIn: StartPointRow = {
  ...evilService,
  kind: 'systemd drop-in',
  name: 'ssh.service',
  command: '',
  program: '',
  environment: ['LD_PRELOAD=/usr/lib/libx.so'],
  path: '/etc/systemd/system/ssh.service.d/10-x.conf',
  startedBy: [],
};

/** A timer as Debian ships it. */
export const packagedTimer: StartPointRow = {
  ...evilService,
  kind: 'systemd timer',
  name: 'apt-daily.timer',
  when: 'every day',
  command: 'starts apt-daily.service',
  program: '',
  package: 'apt',
  path: '/usr/lib/systemd/system/apt-daily.timer',
  startedBy: ['timers.target'],
};

/** `systemctl enable ssh`. */
export const serviceLink: StartPointRow = {
  ...evilService,
  kind: 'systemd link',
  name: 'ssh.service',
  when: 'at boot (multi-user.target)',
  command: 'starts ssh.service: /usr/sbin/sshd -D',
  program: '/usr/lib/systemd/system/ssh.service',
  programPackage: 'openssh-server',
  path: '/etc/systemd/system/multi-user.target.wants/ssh.service',
  link: '/usr/lib/systemd/system/ssh.service',
  digest: '',
  startedBy: [],
};

/** The .bashrc of an account. */
export const startFile: StartPointRow = {
  ...cronLine,
  kind: 'shell start file',
  name: '',
  user: 'bob',
  when: 'at every interactive bash',
  command: '',
  program: '',
  open: '',
  path: '/home/bob/.bashrc',
  digest: '2c26b46b68ffc68f',
  place: '',
};

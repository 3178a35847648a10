/** Rows for the samples of the rules on `mounts`. */

import type { MountRow } from '#sensors/mount-table.ts';

const all = ['write', 'run programs', 'setuid', 'devices'];

/** A disk of its own for /srv, in fstab. */
export const srv: MountRow = {
  kind: 'mount',
  point: '/srv',
  type: 'ext4',
  part: '/',
  allows: all,
  layers: 1,
  over: '',
  source: '/dev/sdb1',
  inFstab: true,
  view: 'host',
  file: '',
  mounter: '/usr/bin/mount',
  user: 'root',
  uid: 0,
  pid: 4700,
  comm: 'mount',
  cmdline: 'mount /dev/sdb1 /srv',
  parents: ['bash (4600)', 'sshd (900)'],
  unit: '',
  session: '12',
  startedMs: 1_795_000_000_000,
};

export const stick: MountRow = { ...srv, point: '/media/usb', type: 'vfat', source: '/dev/sdc1', inFstab: false };

/** A tmpfs over the folder of cron. */
export const overCron: MountRow = {
  ...srv,
  point: '/etc/cron.d',
  type: 'tmpfs',
  source: 'tmpfs',
  over: '/etc/cron.d',
  inFstab: false,
};

/** An empty folder over a process: `ps` does not see it any more. */
export const overProcess: MountRow = {
  ...overCron,
  point: '/proc/4711',
  over: '/proc/4711',
  part: '/empty',
  type: 'ext4',
};

export const bootLine: MountRow = { ...srv, kind: 'at boot', part: '/dev/sdb1', file: '/etc/fstab' };

/** Rows for the samples of rules about namespaces. */

import type { NamespaceRow } from '#sensors/namespaces.ts';

/** A container of Docker's, as it starts by default. */
export const container: NamespaceRow = {
  kinds: 'mnt net pid',
  exe: '/usr/local/bin/app',
  user: 'root',
  from: 'docker-*.scope',
  reach: [],
  container: 'docker',
  label: 'web',
  count: 3,
  pid: 4100,
  comm: 'app',
  cmdline: '/usr/local/bin/app',
  script: '',
  uid: 0,
  parents: ['containerd-shim (4090)', 'systemd (1)'],
  package: '',
  packageState: 'unknown',
  exePlace: '',
  unitNow: 'docker-4c01db0b339c4c01.scope',
  session: '',
  startedMs: 1_763_000_000_000,
  exeNow: '/usr/local/bin/app',
  exeState: 'present',
  asStarted: false,
};

/** A service of systemd's with folders of its own. */
export const hidden: NamespaceRow = {
  ...container,
  kinds: 'mnt',
  exe: '/usr/lib/systemd/systemd-timesyncd',
  exeNow: '/usr/lib/systemd/systemd-timesyncd',
  user: 'systemd-timesync',
  uid: 997,
  from: 'systemd-timesyncd.service',
  unitNow: 'systemd-timesyncd.service',
  container: '',
  label: '',
  package: 'systemd-timesyncd',
  packageState: 'packaged',
};

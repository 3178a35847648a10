/** Rows for the samples of the rules on `telltale`. */

import type { OwnFileRow } from '#sensors/own-file-table.ts';

export const ownProgram: OwnFileRow = {
  part: 'program',
  path: '/opt/telltale',
  digest: 'aa11',
  mode: '0755',
  owner: 'root',
  version: '1.0.0',
  files: 212,
  newest: '/opt/telltale/lib/main.js',
  package: '',
  openToOthers: false,
};
export const ownSettings: OwnFileRow = {
  ...ownProgram,
  part: 'settings',
  path: '/etc/telltale/telltale.yaml',
  newest: '/etc/telltale/telltale.yaml',
  mode: '0640',
  version: '',
};
export const ownAlerts: OwnFileRow = {
  ...ownProgram,
  part: 'alerts',
  path: '/var/log/telltale/alerts.jsonl',
  newest: '/var/log/telltale/alerts.jsonl',
  mode: '0640',
  digest: '',
  version: '',
};
export const ownState: OwnFileRow = {
  ...ownProgram,
  part: 'state',
  path: '/var/lib/telltale',
  newest: '/var/lib/telltale',
  mode: '0750',
  digest: '',
  version: '',
};

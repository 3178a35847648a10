/** Rows for the samples of the rules on `modules`. */

import type { ModuleRow } from '#sensors/module-table.ts';

export const nfTables: ModuleRow = {
  name: 'nf_tables',
  seenIn: '',
  taint: '',
  means: '',
  version: 'A1B2C3',
  file: '/lib/modules/6.12.0-1-amd64/kernel/net/netfilter/nf_tables.ko.xz',
  package: 'linux-image-6.12.0-1-amd64',
  packageState: 'packaged',
  sizeBytes: 372_736,
  references: 3,
  usedBy: ['nft_ct'],
  loader: '',
  user: '',
  uid: 0,
  pid: 0,
  comm: '',
  cmdline: '',
  parents: [],
  unit: '',
  session: '',
  startedMs: 0,
};

export const foreign: ModuleRow = {
  ...nfTables,
  name: 'diamorphine',
  taint: 'OE',
  means: 'out-of-tree module, unsigned module',
  file: '',
  package: '',
  packageState: 'unpackaged',
  loader: '/usr/bin/kmod',
  user: 'root',
  uid: 0,
  pid: 812,
  comm: 'insmod',
  cmdline: 'insmod diamorphine.ko',
  parents: ['bash (811)'],
  unit: '',
  session: '7',
  startedMs: 1_763_694_000_000,
};
